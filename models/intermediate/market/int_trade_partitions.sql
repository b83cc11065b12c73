{{ config(materialized='view') }}

with

partitions as (

    select * from {{ ref('stg_binance__lake_partitions') }}

),

-- Aggregate trades are preferred to single fills: they keep the fills of a taker order together, and so tell its size.
trade_partitions as (

    select
        symbol,
        dataset,
        row_count,
        largest_coins,
        largest_quote,
        left(source_sha256, 16) || '/{{ profile_definition() }}' as profile_version,
        trade_date

    from partitions
    where dataset in ('aggTrades', 'trades') and row_count > 0
    qualify row_number() over (partition by symbol, trade_date order by dataset) = 1

)

select * from trade_partitions
