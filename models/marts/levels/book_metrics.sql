{%- set longs, shorts = "filter (side = 'long')", "filter (side = 'short')" -%}
{%- set distance = 'abs((heatmap.price_low + heatmap.price_high) / 2 / priced.mark_price - 1)' -%}
{%- set within_1pct = 'filter (' ~ distance ~ ' <= 0.01)' -%}
{%- set within_2pct = 'filter (' ~ distance ~ ' <= 0.02)' -%}
{%- set within_5pct = 'filter (' ~ distance ~ ' <= 0.05)' -%}

with

display_times as (

    select * from {{ ref('int_display_times') }}

),

heatmap as (

    select * from {{ ref('liquidation_heatmap') }}

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

-- the book at the end of the day: at its last column
last_columns as (

    select
        symbol,
        cast(display_at as date) as trade_date,
        max(display_at) as book_at

    from display_times
    group by symbol, cast(display_at as date)

),

priced as (

    select
        last_columns.*,
        bars.mark_close as mark_price

    from last_columns
    asof left join bars
        on last_columns.symbol = bars.symbol
        and last_columns.book_at >= bars.bar_ends_at

),

at_risk as (

    select
        heatmap.symbol,
        heatmap.model,
        priced.trade_date,
        any_value(priced.book_at) as book_at,
        any_value(priced.mark_price) as mark_price,
        {{ exact_sum('heatmap.long_quote', over=within_1pct) }} as long_1pct,
        {{ exact_sum('heatmap.short_quote', over=within_1pct) }} as short_1pct,
        {{ exact_sum('heatmap.long_quote', over=within_2pct) }} as long_2pct,
        {{ exact_sum('heatmap.short_quote', over=within_2pct) }} as short_2pct,
        {{ exact_sum('heatmap.long_quote', over=within_5pct) }} as long_5pct,
        {{ exact_sum('heatmap.short_quote', over=within_5pct) }} as short_5pct

    from priced
    inner join heatmap
        on priced.symbol = heatmap.symbol
        and priced.book_at = heatmap.bar_at
    group by heatmap.symbol, heatmap.model, priced.trade_date

),

of_day as (

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

-- a day counts as observed where somebody looked all day; of several sources, the first by name
observed as (

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

final as (

    select
        at_risk.trade_date,
        at_risk.symbol,
        at_risk.model,
        at_risk.book_at,
        at_risk.mark_price,
        coalesce(at_risk.long_1pct, 0) as long_at_risk_1pct_quote,
        coalesce(at_risk.short_1pct, 0) as short_at_risk_1pct_quote,
        coalesce(at_risk.long_2pct, 0) as long_at_risk_2pct_quote,
        coalesce(at_risk.short_2pct, 0) as short_at_risk_2pct_quote,
        coalesce(at_risk.long_5pct, 0) as long_at_risk_5pct_quote,
        coalesce(at_risk.short_5pct, 0) as short_at_risk_5pct_quote,
        (coalesce(at_risk.long_5pct, 0) - coalesce(at_risk.short_5pct, 0))
        / nullif(coalesce(at_risk.long_5pct, 0) + coalesce(at_risk.short_5pct, 0), 0) as imbalance_5pct,
        of_day.long_swept_quote,
        of_day.short_swept_quote,
        of_day.long_expected_quote,
        of_day.short_expected_quote,
        observed.long_realised_quote,
        observed.short_realised_quote

    from at_risk
    left join of_day
        on at_risk.symbol = of_day.symbol
        and at_risk.model = of_day.model
        and at_risk.trade_date = of_day.trade_date
    left join observed
        on at_risk.symbol = observed.symbol
        and at_risk.trade_date = observed.trade_date

)

select * from final
