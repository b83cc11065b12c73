with

profiled as (

    select
        symbol,
        trade_date,
        sum(trade_count) as trade_count

    from {{ ref('int_trade_profile_5m') }}
    group by symbol, trade_date

)

select
    partitions.symbol,
    partitions.trade_date,
    partitions.row_count,
    profiled.trade_count

from {{ ref('int_trade_partitions') }} as partitions
full join profiled
    on partitions.symbol = profiled.symbol
    and partitions.trade_date = profiled.trade_date
where partitions.row_count is distinct from profiled.trade_count
