-- The field order of the row types in manifest.py is the column order of these files.
select * from read_parquet($parquet, hive_partitioning = false)
