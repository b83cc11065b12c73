copy (
    select * replace (cast(bracket as bigint) as bracket)
    from (
        from kept
        union all
        from incoming
    )
    order by symbol, as_of, bracket
) to $target (format parquet, compression zstd)
