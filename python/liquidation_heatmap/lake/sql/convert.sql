-- One pass from CSV text to typed Parquet, in the file's own order.
copy (
    select {columns}
    from read_csv(
        $csv,
        columns = $schema,
        header = $has_header,
        auto_detect = false,
        delim = ',',
        quote = '"',
        escape = '"',
        nullstr = '',
        hive_partitioning = false
    )
) to $target {parquet_options}
