-- Time order for a file whose ids rise but whose clock steps back.
copy (
    select *
    from read_parquet($parquet, hive_partitioning = false)
    order by {order}
) to $target {parquet_options}
