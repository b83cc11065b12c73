{%- set longs, shorts = "filter (side = 'long')", "filter (side = 'short')" -%}
{%- set within_1pct = 'filter (' ~ function('is_reached') ~ '(side, distance_pct, 1))' -%}
{%- set within_2pct = 'filter (' ~ function('is_reached') ~ '(side, distance_pct, 2))' -%}
{%- set within_5pct = 'filter (' ~ function('is_reached') ~ '(side, distance_pct, 5))' -%}

with

display_times as (

    select * from {{ ref('int_display_times') }}

),

book_scales as (

    select * from {{ ref('book_scales') }}

),

states as (

    select * from {{ ref('book_states') }}

),

bars as (

    select * from {{ ref('price_bars') }}

),

history as (

    select * from {{ ref('liquidation_history') }}

),

realised as (

    select * from {{ ref('realised_liquidations') }}

),

-- The last heatmap column of each day, which stands for the end of the day.
last_columns_of_days as (

    select
        symbol,
        cast(display_at as date) as trade_date,
        max(display_at) as book_at

    from display_times
    group by symbol, cast(display_at as date)

),

priced_columns as (

    select
        last_columns_of_days.*,
        bars.mark_close as mark_price

    from last_columns_of_days
    asof left join bars
        on last_columns_of_days.symbol = bars.symbol
        and last_columns_of_days.book_at >= bars.bar_ends_at

),

scales as (

    select book_scales.*

    from book_scales
    semi join last_columns_of_days
        on book_scales.symbol = last_columns_of_days.symbol
        and book_scales.book_at = last_columns_of_days.book_at

),

{{ heatmap_cells() }},

-- Each cell with its distance from the mark price, by the edge that the price reaches first.
cells_with_distance as (

    select
        cells.symbol,
        cells.model,
        cells.long_quote,
        cells.short_quote,
        cells.long_share,
        cells.short_share,
        priced_columns.trade_date,
        priced_columns.book_at,
        priced_columns.mark_price,
        case when coalesce(cells.long_quote, cells.long_share) > 0 then 'long' else 'short' end as side,
        {{ function('distance_pct') }}(
            {{ function('near_edge') }}(side, cells.price_low, cells.price_high), priced_columns.mark_price
        ) as distance_pct

    from priced_columns
    inner join cells
        on priced_columns.symbol = cells.symbol
        and priced_columns.book_at = cells.book_at

),

amounts_at_risk as (

    select
        symbol,
        model,
        trade_date,
        any_value(book_at) as book_at,
        any_value(mark_price) as mark_price,
        count(long_quote) > 0 as is_in_quote,
        {{ exact_sum('long_quote', over=within_1pct) }} as long_1pct_quote,
        {{ exact_sum('long_share', decimals=15, over=within_1pct) }} as long_1pct_share,
        {{ exact_sum('short_quote', over=within_1pct) }} as short_1pct_quote,
        {{ exact_sum('short_share', decimals=15, over=within_1pct) }} as short_1pct_share,
        {{ exact_sum('long_quote', over=within_2pct) }} as long_2pct_quote,
        {{ exact_sum('long_share', decimals=15, over=within_2pct) }} as long_2pct_share,
        {{ exact_sum('short_quote', over=within_2pct) }} as short_2pct_quote,
        {{ exact_sum('short_share', decimals=15, over=within_2pct) }} as short_2pct_share,
        {{ exact_sum('long_quote', over=within_5pct) }} as long_5pct_quote,
        {{ exact_sum('long_share', decimals=15, over=within_5pct) }} as long_5pct_share,
        {{ exact_sum('short_quote', over=within_5pct) }} as short_5pct_quote,
        {{ exact_sum('short_share', decimals=15, over=within_5pct) }} as short_5pct_share

    from cells_with_distance
    group by symbol, model, trade_date

),

daily_sweeps as (

    select
        symbol,
        model,
        cast(bar_at as date) as trade_date,
        {{ exact_sum('swept_quote', over=longs) }} as long_swept_quote,
        {{ exact_sum('swept_quote', over=shorts) }} as short_swept_quote,
        {{ exact_sum('expected_quote', over=longs) }} as long_expected_quote,
        {{ exact_sum('expected_quote', over=shorts) }} as short_expected_quote

    from history
    group by symbol, model, cast(bar_at as date)

),

-- Days whose liquidations were observed from midnight to midnight. Where several sources did, the first by name counts.
observed_days as (

    select
        symbol,
        cast(starts_at as date) as trade_date,
        {{ exact_sum('realised_quote', over=longs) }} as long_realised_quote,
        {{ exact_sum('realised_quote', over=shorts) }} as short_realised_quote

    from realised
    group by symbol, cast(starts_at as date), source
    having sum(date_diff('second', starts_at, ends_at)) = 2 * 86400
    qualify row_number() over (partition by symbol, cast(starts_at as date) order by source) = 1

),

book_metrics as (

    select
        amounts_at_risk.trade_date,
        {{ venue() }} as venue,
        amounts_at_risk.symbol,
        amounts_at_risk.model,
        amounts_at_risk.book_at,
        amounts_at_risk.mark_price,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_1pct_quote, 0) end
            as long_at_risk_1pct_quote,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_1pct_quote, 0) end
            as short_at_risk_1pct_quote,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_2pct_quote, 0) end
            as long_at_risk_2pct_quote,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_2pct_quote, 0) end
            as short_at_risk_2pct_quote,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_5pct_quote, 0) end
            as long_at_risk_5pct_quote,
        case when amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_5pct_quote, 0) end
            as short_at_risk_5pct_quote,
        (long_at_risk_5pct_quote - short_at_risk_5pct_quote)
        / nullif(long_at_risk_5pct_quote + short_at_risk_5pct_quote, 0) as imbalance_5pct,
        daily_sweeps.long_swept_quote,
        daily_sweeps.short_swept_quote,
        daily_sweeps.long_expected_quote,
        daily_sweeps.short_expected_quote,
        observed_days.long_realised_quote,
        observed_days.short_realised_quote,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_1pct_share, 0) end
            as long_at_risk_1pct_share,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_1pct_share, 0) end
            as short_at_risk_1pct_share,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_2pct_share, 0) end
            as long_at_risk_2pct_share,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_2pct_share, 0) end
            as short_at_risk_2pct_share,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.long_5pct_share, 0) end
            as long_at_risk_5pct_share,
        case when not amounts_at_risk.is_in_quote then coalesce(amounts_at_risk.short_5pct_share, 0) end
            as short_at_risk_5pct_share

    from amounts_at_risk
    left join daily_sweeps
        on amounts_at_risk.symbol = daily_sweeps.symbol
        and amounts_at_risk.model = daily_sweeps.model
        and amounts_at_risk.trade_date = daily_sweeps.trade_date
    left join observed_days
        on amounts_at_risk.symbol = observed_days.symbol
        and amounts_at_risk.trade_date = observed_days.trade_date

)

select * from book_metrics
