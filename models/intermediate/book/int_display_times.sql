{%- set clock = "timestamp '" ~ var('as_of') ~ "'" if var('as_of') else 'market_window.as_of' %}

with

survival as (

    select * from {{ ref('int_survival') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- A heatmap column shows the book at the end of the last bar before it. Hours without a bar have no column. The newest
-- column is that of the symbol's last bar: its hour may not be over, so the column's time is the end of that bar.
display_times as (

    select
        survival.symbol,
        least(
            {{ function('display_time') }}(survival.bar_ends_at), greatest(market_window.as_of, {{ clock }})
        ) as display_at,
        arg_max(survival.stretch_at, survival.bar_at) as stretch_at,
        max(survival.bar_at) as bar_at

    from survival
    inner join market_window
        on survival.symbol = market_window.symbol
        and {{ function('display_time') }}(survival.bar_ends_at) > market_window.history_starts_at
    group by all

)

select * from display_times
