{{ config(severity='warn') }}
with

partitions as (

    select * from {{ ref('stg_binance__lake_partitions') }}

),

trades as (

    select
        'aggTrades' as dataset,
        symbol,
        trade_id,
        price,
        quantity_coins,
        traded_at,
        trade_date

    from {{ ref('stg_binance__aggregate_trades') }}
    where {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'aggTrades') }}

    union all

    select
        'trades' as dataset,
        symbol,
        trade_id,
        price,
        quantity_coins,
        traded_at,
        trade_date

    from {{ ref('stg_binance__trades') }}
    where {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'trades') }}

),

rechecked_days as (

    select
        dataset,
        symbol,
        trade_date,
        count(*) as row_count,
        count(*) - count(distinct trade_id) as repeated_ids,
        count(*) filter (where coalesce(price <= 0 or quantity_coins <= 0, true)) as impossible_rows,
        count(*) filter (where cast(traded_at as date) is distinct from trade_date) as rows_of_another_day,
        min(price) as low_price,
        max(price) as high_price

    from trades
    group by dataset, symbol, trade_date

)

select
    rechecked_days.*,
    partitions.row_count as manifest_row_count

from rechecked_days
inner join partitions
    on rechecked_days.dataset = partitions.dataset
    and rechecked_days.symbol = partitions.symbol
    and rechecked_days.trade_date = partitions.trade_date
where
    rechecked_days.row_count <> partitions.row_count
    or rechecked_days.repeated_ids > 0
    or rechecked_days.impossible_rows > 0
    or rechecked_days.rows_of_another_day > 0
    or rechecked_days.low_price <> partitions.low_price
    or rechecked_days.high_price <> partitions.high_price
