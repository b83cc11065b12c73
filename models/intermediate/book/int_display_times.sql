{%- set clock = "timestamp '" ~ var('as_of') ~ "'" if var('as_of') else 'market_window.as_of' %}

with

bars as (

    select * from {{ ref('int_bar_flows') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- A heatmap column shows the book at the end of the last bar before it. Hours without a bar have no column. The newest
-- column is that of the symbol's last bar: its hour may not be over, so the column's time is the end of that bar.
last_bars as (

    select
        bars.symbol,
        least(
            {{ function('display_time') }}(bars.bar_ends_at), greatest(market_window.as_of, {{ clock }})
        ) as display_at,
        {{ function('display_time') }}(bars.bar_ends_at) > market_window.history_starts_at as is_shown,
        max(bars.bar_at) as bar_at

    from bars
    inner join market_window
        on bars.symbol = market_window.symbol
    group by all

),

display_times as (

    select
        symbol,
        row_number() over (order by symbol, display_at) as display_number,
        is_shown,
        display_at,
        bar_at

    from last_bars

)

select * from display_times
