with

last_columns as (

    select
        symbol,
        cast(display_at as date) as trade_date,
        max(display_at) as book_at

    from {{ ref('int_display_times') }}
    where {{ is_day_to_test('symbol', 'cast(display_at as date)') }}
    group by symbol, cast(display_at as date)

),

priced_columns as (

    select
        last_columns.*,
        bars.mark_close as mark_price

    from last_columns
    asof left join {{ ref('price_bars') }} as bars
        on last_columns.symbol = bars.symbol
        and last_columns.book_at >= bars.bar_ends_at

),

scales as (

    select book_scales.*

    from {{ ref('book_scales') }} as book_scales
    semi join last_columns
        on book_scales.symbol = last_columns.symbol
        and book_scales.book_at = last_columns.book_at

),

states as (

    select * from {{ ref('book_states') }}

),

{{ heatmap_cells() }},

-- Every cell with the distance of its near edge: the upper one of longs, which a fall must pass, and the lower one of
-- shorts, which a rise must reach.
cells_with_distance as (

    select
        heatmap.symbol,
        heatmap.model,
        priced_columns.trade_date,
        priced_columns.book_at,
        priced_columns.mark_price,
        heatmap.long_quote,
        heatmap.short_quote,
        heatmap.long_share,
        heatmap.short_share,
        -100 * (heatmap.price_high / priced_columns.mark_price - 1) as long_distance,
        100 * (heatmap.price_low / priced_columns.mark_price - 1) as short_distance

    from cells as heatmap
    inner join priced_columns
        on heatmap.symbol = priced_columns.symbol
        and heatmap.book_at = priced_columns.book_at

),

amounts as (

    select
        symbol,
        model,
        trade_date,
        any_value(book_at) as book_at,
        any_value(mark_price) as mark_price,
        -- Where a column has amounts, what is not reached is zero, and where it has none, nothing is told.
        coalesce(sum(long_quote) filter (long_distance < 1), 0 * max(long_quote)) as long_at_risk_1pct_quote,
        coalesce(sum(long_share) filter (long_distance < 1), 0 * max(long_share)) as long_at_risk_1pct_share,
        coalesce(sum(short_quote) filter (short_distance <= 1), 0 * max(short_quote)) as short_at_risk_1pct_quote,
        coalesce(sum(short_share) filter (short_distance <= 1), 0 * max(short_share)) as short_at_risk_1pct_share,
        coalesce(sum(long_quote) filter (long_distance < 2), 0 * max(long_quote)) as long_at_risk_2pct_quote,
        coalesce(sum(long_share) filter (long_distance < 2), 0 * max(long_share)) as long_at_risk_2pct_share,
        coalesce(sum(short_quote) filter (short_distance <= 2), 0 * max(short_quote)) as short_at_risk_2pct_quote,
        coalesce(sum(short_share) filter (short_distance <= 2), 0 * max(short_share)) as short_at_risk_2pct_share,
        coalesce(sum(long_quote) filter (long_distance < 5), 0 * max(long_quote)) as long_at_risk_5pct_quote,
        coalesce(sum(long_share) filter (long_distance < 5), 0 * max(long_share)) as long_at_risk_5pct_share,
        coalesce(sum(short_quote) filter (short_distance <= 5), 0 * max(short_quote)) as short_at_risk_5pct_quote,
        coalesce(sum(short_share) filter (short_distance <= 5), 0 * max(short_share)) as short_at_risk_5pct_share

    from cells_with_distance
    group by symbol, model, trade_date

),

history_days as (

    select
        symbol,
        model,
        cast(bar_at as date) as trade_date,
        sum(swept_quote) filter (side = 'long') as long_swept_quote,
        sum(swept_quote) filter (side = 'short') as short_swept_quote,
        sum(expected_quote) filter (side = 'long') as long_expected_quote,
        sum(expected_quote) filter (side = 'short') as short_expected_quote

    from {{ ref('liquidation_history') }}
    group by symbol, model, cast(bar_at as date)

),

-- Sources that observed both sides all day; the first by name counts.
observed_days as (

    select
        symbol,
        cast(starts_at as date) as trade_date,
        source,
        sum(realised_quote) filter (side = 'long') as long_realised_quote,
        sum(realised_quote) filter (side = 'short') as short_realised_quote

    from {{ ref('realised_liquidations') }}
    group by symbol, cast(starts_at as date), source
    having sum(epoch(ends_at) - epoch(starts_at)) = 2 * 24 * 60 * 60

),

realised_days as (

    select
        symbol,
        trade_date,
        arg_min(long_realised_quote, source) as long_realised_quote,
        arg_min(short_realised_quote, source) as short_realised_quote

    from observed_days
    group by symbol, trade_date

),

recomputed_metrics as (

    select
        amounts.*,
        (amounts.long_at_risk_5pct_quote - amounts.short_at_risk_5pct_quote)
        / nullif(amounts.long_at_risk_5pct_quote + amounts.short_at_risk_5pct_quote, 0) as imbalance_5pct,
        history_days.long_swept_quote,
        history_days.short_swept_quote,
        history_days.long_expected_quote,
        history_days.short_expected_quote,
        realised_days.long_realised_quote,
        realised_days.short_realised_quote

    from amounts
    left join history_days
        on amounts.symbol = history_days.symbol
        and amounts.model = history_days.model
        and amounts.trade_date = history_days.trade_date
    left join realised_days
        on amounts.symbol = realised_days.symbol
        and amounts.trade_date = realised_days.trade_date

),

metrics_to_test as (

    select * from {{ ref('book_metrics') }}
    where {{ is_day_to_test('symbol', 'trade_date') }}

)

{{ rows_that_differ(
    'metrics_to_test', 'recomputed_metrics', ['symbol', 'model', 'trade_date'],
    numbers=[
        'mark_price', 'imbalance_5pct', 'long_swept_quote', 'short_swept_quote', 'long_expected_quote', 'short_expected_quote',
        'long_realised_quote', 'short_realised_quote', 'long_at_risk_1pct_quote', 'short_at_risk_1pct_quote',
        'long_at_risk_2pct_quote', 'short_at_risk_2pct_quote', 'long_at_risk_5pct_quote', 'short_at_risk_5pct_quote',
        'long_at_risk_1pct_share', 'short_at_risk_1pct_share', 'long_at_risk_2pct_share', 'short_at_risk_2pct_share',
        'long_at_risk_5pct_share', 'short_at_risk_5pct_share'
    ],
    others=['book_at']
) }}
