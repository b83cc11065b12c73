{{ config(materialized='view') }}

with

cells as (

    select * from {{ ref('int_trade_profile_5m') }}

),

bars as (

    select
        symbol,
        max(open_price) as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        max(close_price) as close_price,
        {{ exact_sum('quantity_coins') }} as volume_coins,
        {{ exact_sum('notional_quote') }} as volume_quote,
        cast(sum(trade_count) as bigint) as trade_count,
        {{ exact_sum("case when taker_side = 'buy' then quantity_coins else 0 end") }} as taker_buy_coins,
        bar_at,
        trade_date

    from cells
    group by symbol, bar_at, trade_date

)

select * from bars
