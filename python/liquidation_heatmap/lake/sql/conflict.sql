-- The first line that contradicts an earlier line with the same key.
with

variants as (

    select
        file_row_number + 1 + $header_lines as line,
        hash(row({columns})) as variant,
        first_value(hash(row({columns}))) over (partition by {key} order by file_row_number) as first_variant

    from read_parquet($parquet, file_row_number = true, hive_partitioning = false)

)

select min(line) as line
from variants
where variant != first_variant
