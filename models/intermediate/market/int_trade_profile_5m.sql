{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['symbol', 'trade_date'],
        on_schema_change='fail',
        post_hook="
            delete from {{ this }}
            where (symbol, trade_date) not in (select symbol, trade_date from {{ ref('int_trade_partitions') }})
        "
    )
}}

with

partitions as (

    select * from {{ ref('int_trade_partitions') }}

),

{% for dataset, relation in {'aggTrades': ref('stg_binance__aggregate_trades'), 'trades': ref('stg_binance__trades')}.items() %}

{{ dataset }}_cells as (

    select
        symbol,
        '{{ dataset }}' as dataset,
        taker_side,
        {{ size_tier('price * quantity_coins') }} as size_tier,
        {{ bin_floor('price') }} as price_low,
        count(*) as trade_count,
        {{ exact_sum('quantity_coins') }} as quantity_coins,
        {{ exact_sum('price * quantity_coins') }} as notional_quote,
        {{ exact_sum('price * quantity_coins * price * quantity_coins', decimals=0) }} as notional_quote_squared,
        min(price) as lowest_price,
        max(price) as highest_price,
        min(trade_id) as first_trade_id,
        max(trade_id) as last_trade_id,
        arg_min(price, trade_id) as first_price,
        arg_max(price, trade_id) as last_price,
        {{ bar_start('traded_at', var('bar_minutes')) }} as bar_at,
        trade_date

    from {{ relation }}
    where {{ pending_partitions(ref('int_trade_partitions'), dataset, this, is_incremental()) }}
    group by all

),

{% endfor %}

cells as (

    select * from aggTrades_cells
    union all
    select * from trades_cells

),

versioned as (

    select
        cells.symbol,
        cells.taker_side,
        cells.size_tier,
        cells.price_low,
        cells.trade_count,
        cells.quantity_coins,
        cells.notional_quote,
        cells.notional_quote_squared,
        cells.lowest_price,
        cells.highest_price,
        cells.first_trade_id,
        cells.last_trade_id,
        cells.first_price,
        cells.last_price,
        partitions.profile_version,
        cells.bar_at,
        cells.trade_date

    from cells
    inner join partitions
        on cells.symbol = partitions.symbol
        and cells.trade_date = partitions.trade_date
        and cells.dataset = partitions.dataset

)

select * from versioned
