select
    *,
    min(variant) over (partition by {key}) <> max(variant) over (partition by {key}) as is_contradictory

from (
    select
        *,
        hash(row({columns})) as variant

    from read_parquet($parquet, file_row_number = true, hive_partitioning = false)
)
