-- Which versions of which symbols' brackets there are.
select distinct
    symbol,
    as_of
from read_parquet($parquet, hive_partitioning = false)
