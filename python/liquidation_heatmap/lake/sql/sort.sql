-- Time order for a file whose ids rise but whose clock steps back.
copy (
    select *
    from read_parquet($parquet, hive_partitioning = false)
    order by {time}, {key}
) to $target {parquet_options}
