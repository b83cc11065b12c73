-- Rows of a file, every cell of which is read: a hash of a row needs them all.
select count(hash(cells))
from read_parquet($parquet, hive_partitioning = false) as cells
