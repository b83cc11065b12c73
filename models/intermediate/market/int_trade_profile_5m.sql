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

aggregate_trade_cells as (

    {{ profile_cells(
        ref('stg_binance__aggregate_trades'), 'aggTrades',
        pending_partitions(ref('int_trade_partitions'), 'aggTrades', this, is_incremental())
    ) }}

),

trade_cells as (

    {{ profile_cells(
        ref('stg_binance__trades'), 'trades',
        pending_partitions(ref('int_trade_partitions'), 'trades', this, is_incremental())
    ) }}

),

cells as (

    select * from aggregate_trade_cells
    union all
    select * from trade_cells

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
