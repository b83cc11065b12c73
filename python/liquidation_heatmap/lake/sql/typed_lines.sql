-- The lines of a file, tried as what they should be; for the start of another statement.
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

typed as (

    select
        *,
        {columns}

    from lines

)
