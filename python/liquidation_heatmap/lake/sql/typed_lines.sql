-- The lines of a file, each cell cast to its type where it can be; the first CTEs of another statement.
lines as (

    select * replace ({cleaned})
    from read_csv(
        $csv,
        columns = $schema,
        header = false,
        auto_detect = false,
        delim = ',',
        quote = '"',
        escape = '"',
        nullstr = '',
        hive_partitioning = false
    )

),

typed_lines as (

    select
        *,
        {columns}

    from lines

)
