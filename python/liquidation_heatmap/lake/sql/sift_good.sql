-- The rows that can be used, in the file's own order.
copy (
    select * exclude (file_line, emptied_cells, reason)
    from read_parquet($parquet, hive_partitioning = false)
    where reason is null
) to $target {parquet_options}
