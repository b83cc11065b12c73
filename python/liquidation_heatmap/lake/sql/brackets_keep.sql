insert into kept
select *
from read_parquet($parquet, hive_partitioning = false) as earlier
where not exists (
    select 1
    from incoming
    where incoming.symbol = earlier.symbol and incoming.as_of = earlier.as_of
)
