-- The brackets of each symbol's newest version, in order.
select
    symbol,
    bracket,
    notional_floor,
    notional_cap,
    maintenance_margin_rate,
    max_leverage
from read_parquet($parquet, hive_partitioning = false)
qualify as_of = max(as_of) over (partition by symbol)
order by symbol, bracket
