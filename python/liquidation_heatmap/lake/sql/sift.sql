-- Every row of the file, typed, with the reason why it cannot be used. Read from text, where the fast way met a bad row.
copy (
    with

    {typed_lines}

    select
        {kept},
        line as file_line,
        {emptied} as emptied_cells,
        case {reasons} end as reason

    from typed
) to $target (format parquet)
