-- The brackets of each symbol's newest version, in order.
select
    symbol,
    as_of,
    notional_floor,
    notional_cap,
    maintenance_margin_rate,
    max_leverage
from read_parquet($file, hive_partitioning = false)
qualify as_of = max(as_of) over (partition by symbol)
order by symbol, bracket
