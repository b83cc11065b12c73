with

cells as (

    select * from {{ ref('int_trade_profile_5m') }}

),

bars as (

    select
        symbol,
        arg_min(first_price, first_trade_id) as open_price,
        max(highest_price) as high_price,
        min(lowest_price) as low_price,
        arg_max(last_price, last_trade_id) as close_price,
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
