-- What was not taken, and what the taken rows have become.
copy (
    select *
    from ({rows})
    union all by name
    select * from {table}
    order by {key}
) to $target (format parquet, compression zstd)
