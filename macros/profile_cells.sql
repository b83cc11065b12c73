{#- Trades summed by bar, price bin, taker side and size class, with the prices that bars are made of. No other model reads trades. -#}

{%- macro profile_cells(trades, where, are_narrow) -%}
    select
        symbol,
        -- The flag costs less to group by than the words buy and sell.
        is_taker_seller,
        {{ function('size_class') }}(price * quantity_coins) as size_class,
        {{ function('bin_floor') }}(price) as price_low,
        count(*) as trade_count,
        {{ exact_sum('quantity_coins', is_narrow=are_narrow) }} as quantity_coins,
        {{ exact_sum('price * quantity_coins', is_narrow=are_narrow) }} as notional_quote,
        {{ exact_sum('price * quantity_coins * price * quantity_coins', decimals=0) }} as notional_quote_squared,
        min(price) as lowest_price,
        max(price) as highest_price,
        min(trade_id) as first_trade_id,
        max(trade_id) as last_trade_id,
        arg_min(price, trade_id) as first_price,
        arg_max(price, trade_id) as last_price,
        {{ function('bar_start') }}(traded_at, {{ var('bar_minutes') }}) as bar_at,
        trade_date

    from {{ trades }}
    where {{ where }}
    group by all
{%- endmacro -%}
