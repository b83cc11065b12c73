-- Number of rows of a file, with every cell read: the hash of a row needs all its cells.
select count(hash(cells))
from read_parquet($parquet, hive_partitioning = false) as cells
