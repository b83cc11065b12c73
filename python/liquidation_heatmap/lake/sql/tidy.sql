-- Time order, and identical rows once: the archive repeats rows at times, and a repeated row says nothing new.
copy (
    select {columns}
    from read_parquet($parquet, file_row_number = true, hive_partitioning = false)
    qualify row_number() over (partition by {columns} order by file_row_number) = 1
    order by {time}, file_row_number
) to $target {parquet_options}
