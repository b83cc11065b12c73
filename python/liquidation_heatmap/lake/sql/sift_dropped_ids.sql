-- The ids of rows that were left out: they are not missing from the file.
insert into dropped_ids
select {id}
from read_parquet($parquet, hive_partitioning = false)
where reason is not null and {id} is not null
