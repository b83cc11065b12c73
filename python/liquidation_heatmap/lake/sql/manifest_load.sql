-- Columns that an older lake has not recorded stay empty.
insert into {table} by name
select * from read_parquet($parquet, hive_partitioning = false)
