with

scored_bars as (

    select * from {{ ref('int_scored_bars') }}

),

maps as (

    select * from {{ ref('int_displayed_maps') }}

),

sweeps as (

    select * from {{ ref('int_observed_sweeps') }}

),

daily_profile as (

    select * from {{ ref('volume_profile_daily') }}

),

positions as (

    select * from {{ ref('stg_binance__simulated_positions') }}

),

columns_shown as (

    select
        symbol,
        column_number,
        any_value(mark_price) as mark_price,
        max(column_number) over (partition by symbol) as column_count,
        display_at

    from maps
    group by symbol, column_number, display_at

),

-- Each observed bar with the heatmap column before it, and with the column half the history away, which a null uses.
bars_with_columns as (

    select
        scored_bars.*,
        columns_shown.column_number,
        1 + (columns_shown.column_number - 1 + columns_shown.column_count // 2) % columns_shown.column_count
            as shuffled_column_number

    from scored_bars
    asof inner join columns_shown
        on scored_bars.symbol = columns_shown.symbol
        and scored_bars.bar_at >= columns_shown.display_at

),

bars_with_column_of_yesterday as (

    select
        bars_with_columns.*,
        columns_shown.column_number as column_of_yesterday,
        -- The bar's two prices as distances from the mark price of yesterday's column; outward on the side is positive.
        case bars_with_columns.side when 'long' then -1 else 1 end
        * (bars_with_columns.price_before / columns_shown.mark_price - 1) as from_distance,
        case bars_with_columns.side when 'long' then -1 else 1 end
        * (bars_with_columns.adverse_price / columns_shown.mark_price - 1) as to_distance

    from bars_with_columns
    asof inner join columns_shown
        on bars_with_columns.symbol = columns_shown.symbol
        and bars_with_columns.bar_at - interval '1 day' >= columns_shown.display_at

),

-- Questions to a map: the notional it holds from the mark price up to a distance. The map of a day before is asked
-- twice, for the end and for the start of the bar's path, and the second answer is subtracted (sign -1).
map_questions as (

    select
        symbol,
        source,
        side,
        'null' as kind,
        'the map of another time' as forecaster,
        side as map_side,
        shuffled_column_number as column_number,
        adverse_move as distance,
        1 as sign,
        starts_at

    from bars_with_columns

    union all

    select
        symbol,
        source,
        side,
        'null' as kind,
        'the map mirrored at the price' as forecaster,
        case side when 'long' then 'short' else 'long' end as map_side,
        column_number,
        adverse_move as distance,
        1 as sign,
        starts_at

    from bars_with_columns

    union all

    select
        symbol,
        source,
        side,
        'baseline' as kind,
        'the map of a day before' as forecaster,
        side as map_side,
        column_of_yesterday as column_number,
        to_distance as distance,
        1 as sign,
        starts_at

    from bars_with_column_of_yesterday

    union all

    select
        symbol,
        source,
        side,
        'baseline' as kind,
        'the map of a day before' as forecaster,
        side as map_side,
        column_of_yesterday as column_number,
        from_distance as distance,
        -1 as sign,
        starts_at

    from bars_with_column_of_yesterday

),

map_sweeps as (

    select
        map_questions.symbol,
        map_questions.source,
        map_questions.side,
        map_questions.kind,
        map_questions.forecaster,
        map_questions.sign * (
            maps.nearer_quote
            + maps.step_quote * least(greatest(map_questions.distance, 0) * 1000 - maps.distance_step, 1)
        ) as swept_quote,
        map_questions.starts_at

    from map_questions
    inner join maps
        on map_questions.symbol = maps.symbol
        and map_questions.map_side = maps.side
        and map_questions.column_number = maps.column_number
        and least(cast(floor(greatest(map_questions.distance, 0) * 1000) as integer), 199) = maps.distance_step

),

-- The maps of each day, summed. The averages that follow are over the days before.
daily_maps as (

    select
        symbol,
        side,
        distance_step,
        {{ exact_sum('step_quote', decimals=9) }} as step_quote,
        {{ exact_sum('nearer_quote', decimals=9) }} as nearer_quote,
        count(*) as column_count,
        cast(display_at as date) as map_date

    from maps
    group by all

),

average_maps as (

    select
        symbol,
        side,
        distance_step,
        {{ exact_sum('step_quote', decimals=9, over='over before') }} / sum(column_count) over before as step_quote,
        {{ exact_sum('nearer_quote', decimals=9, over='over before') }} / sum(column_count) over before as nearer_quote,
        map_date

    from daily_maps
    window before as (
        partition by symbol, side, distance_step order by map_date rows between unbounded preceding and 1 preceding
    )

),

average_map_sweeps as (

    select
        scored_bars.symbol,
        scored_bars.source,
        scored_bars.side,
        'baseline' as kind,
        'the average map' as forecaster,
        average_maps.nearer_quote
        + average_maps.step_quote * least(scored_bars.adverse_move * 1000 - average_maps.distance_step, 1)
            as swept_quote,
        scored_bars.starts_at

    from scored_bars
    inner join average_maps
        on scored_bars.symbol = average_maps.symbol
        and scored_bars.side = average_maps.side
        and cast(scored_bars.bar_at as date) = average_maps.map_date
        and least(cast(floor(scored_bars.adverse_move * 1000) as integer), 199) = average_maps.distance_step
    where average_maps.nearer_quote is not null

),

-- Days with observations. For each, the volume of the lookback before it is added up from the lowest price.
observed_days as (

    select distinct
        symbol,
        cast(bar_at as date) as trade_date

    from scored_bars

),

profile as (

    select
        observed_days.symbol,
        observed_days.trade_date,
        daily_profile.price_low,
        {{ exact_sum('daily_profile.total_volume_quote', decimals=2) }} as volume_quote

    from observed_days
    inner join daily_profile
        on observed_days.symbol = daily_profile.symbol
        and observed_days.trade_date > daily_profile.trade_date
        and observed_days.trade_date - {{ whole_lookback_days() }} <= daily_profile.trade_date
    group by all

),

accumulated_profile as (

    select
        symbol,
        trade_date,
        price_low,
        {{ exact_sum(
            'volume_quote', decimals=2, over='over (partition by symbol, trade_date order by price_low)'
        ) }} as cumulative_quote

    from profile

),

volume_sweeps as (

    select
        scored_bars.symbol,
        scored_bars.source,
        scored_bars.side,
        'baseline' as kind,
        'volume at price' as forecaster,
        upper_bins.cumulative_quote - coalesce(lower_bins.cumulative_quote, 0) as swept_quote,
        scored_bars.starts_at

    from scored_bars
    asof inner join accumulated_profile as upper_bins
        on scored_bars.symbol = upper_bins.symbol
        and cast(scored_bars.bar_at as date) = upper_bins.trade_date
        and greatest(scored_bars.price_before, scored_bars.adverse_price) >= upper_bins.price_low
    asof left join accumulated_profile as lower_bins
        on scored_bars.symbol = lower_bins.symbol
        and cast(scored_bars.bar_at as date) = lower_bins.trade_date
        and least(scored_bars.price_before, scored_bars.adverse_price) >= lower_bins.price_low
    where scored_bars.adverse_move > 0

),

-- The true positions, where a simulator knows them: those open at the start of a bar and liquidated in it. No forecast
-- can be better.
liquidated_positions as (

    select
        scored_bars.symbol,
        scored_bars.source,
        scored_bars.side,
        'oracle' as kind,
        'the true positions' as forecaster,
        positions.quantity_coins * positions.liquidation_price as swept_quote,
        scored_bars.starts_at

    from scored_bars
    inner join positions
        on scored_bars.symbol = positions.symbol
        and scored_bars.side = positions.side
        and scored_bars.bar_at > positions.opened_at
        and scored_bars.bar_at <= positions.closed_at
        and scored_bars.bar_ends_at > positions.closed_at
    where positions.close_reason = 'liquidated'

),

swapped_sweeps as (

    select
        symbol,
        source,
        case side when 'long' then 'short' else 'long' end as side,
        'null' as kind,
        'the sides swapped' as forecaster,
        swept_quote,
        starts_at

    from sweeps
    where model = 'position_lifecycle'

),

sweeps_of_references as (

    select * from map_sweeps
    union all
    select * from average_map_sweeps
    union all
    select * from volume_sweeps
    union all
    select * from liquidated_positions
    union all
    select * from swapped_sweeps

),

reference_sweeps as (

    select
        symbol,
        source,
        side,
        kind,
        forecaster,
        {{ exact_sum('greatest(swept_quote, 0)', decimals=2) }} as swept_quote,
        starts_at

    from sweeps_of_references
    group by symbol, source, side, kind, forecaster, starts_at

)

select * from reference_sweeps
