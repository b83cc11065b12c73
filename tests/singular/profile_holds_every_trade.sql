with

profile_days as (

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
    profile_days.trade_count

from {{ ref('int_trade_partitions') }} as partitions
full join profile_days
    on partitions.symbol = profile_days.symbol
    and partitions.trade_date = profile_days.trade_date
where partitions.row_count is distinct from profile_days.trade_count
