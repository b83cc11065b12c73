-- Every row of the file, typed, with the reason where it cannot be used. A file with a bad row is read so, from text.
copy (
    with

    {typed_lines}

    select
        {kept},
        line as file_line,
        {emptied} as emptied_cells,
        case {reasons} end as reason

    from typed_lines
) to $target (format parquet)
