-- One day of a longer file. The file is in time order, so Parquet's statistics skip the other days.
copy (
    select *
    from read_parquet($parquet, hive_partitioning = false)
    where {time} >= $starts_at and {time} < $ends_at
) to $target {parquet_options}
