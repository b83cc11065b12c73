-- Writes the rows that were not taken out, and what has become of those that were.
copy (
    select *
    from ({rows})
    union all by name
    select * from {table}
    order by {key}
) to $target (format parquet, compression zstd)
