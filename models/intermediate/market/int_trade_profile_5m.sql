{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns',
        pre_hook="{{ drop_outdated_partitions(this, ref('int_trade_partitions')) }}"
    )
}}

{%- set are_narrow = trades_are_narrow(ref('int_trade_partitions')) %}

with

partitions as (

    select * from {{ ref('int_trade_partitions') }}

),

aggregate_trade_cells as (

    {{ profile_cells(
        ref('stg_binance__aggregate_trades'),
        pending_partitions(ref('int_trade_partitions'), 'aggTrades', this, is_incremental()),
        are_narrow
    ) }}

),

trade_cells as (

    {{ profile_cells(
        ref('stg_binance__trades'),
        pending_partitions(ref('int_trade_partitions'), 'trades', this, is_incremental()),
        are_narrow
    ) }}

),

cells as (

    select
        *,
        'aggTrades' as dataset

    from aggregate_trade_cells

    union all

    select
        *,
        'trades' as dataset

    from trade_cells

),

-- Bars are made from these cells, so the cell with a bar's first trade has its open, and so on. The other cells have
-- null, which takes no room.
cells_with_bar_prices as (

    select
        *,
        case when first_trade_id = min(first_trade_id) over bar then first_price end as open_price,
        case when highest_price = max(highest_price) over bar then highest_price end as high_price,
        case when lowest_price = min(lowest_price) over bar then lowest_price end as low_price,
        case when last_trade_id = max(last_trade_id) over bar then last_price end as close_price

    from cells
    window bar as (partition by symbol, dataset, bar_at)

),

profile as (

    select
        cells_with_bar_prices.symbol,
        case when cells_with_bar_prices.is_taker_seller then 'sell' else 'buy' end as taker_side,
        cells_with_bar_prices.size_class,
        cells_with_bar_prices.price_low,
        cells_with_bar_prices.trade_count,
        cells_with_bar_prices.quantity_coins,
        cells_with_bar_prices.notional_quote,
        -- A typical position is the volume-weighted mean trade, in whole units of quote currency and at least one.
        -- Nothing finer is needed: brackets are far larger.
        greatest(
            cast(
                round(
                    cells_with_bar_prices.notional_quote_squared / nullif(cells_with_bar_prices.notional_quote, 0)
                ) as bigint
            ), 1
        ) as position_quote,
        cells_with_bar_prices.open_price,
        cells_with_bar_prices.high_price,
        cells_with_bar_prices.low_price,
        cells_with_bar_prices.close_price,
        partitions.profile_version,
        cells_with_bar_prices.bar_at,
        cells_with_bar_prices.trade_date

    from cells_with_bar_prices
    inner join partitions
        on cells_with_bar_prices.symbol = partitions.symbol
        and cells_with_bar_prices.trade_date = partitions.trade_date
        and cells_with_bar_prices.dataset = partitions.dataset

)

select * from profile
-- In this order neighbouring rows are alike, so the table compresses to a fraction of its size.
order by symbol, trade_date, size_class, taker_side, bar_at, price_low
