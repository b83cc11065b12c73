-- A lake from before some columns were recorded has none of them: they stay empty.
insert into {table} by name
select * from read_parquet($parquet, hive_partitioning = false)
