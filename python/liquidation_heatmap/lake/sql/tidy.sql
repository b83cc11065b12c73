-- The rows in time order: identical ones once, because a repeat says nothing new, and none that contradict another.
copy (
    select {columns}
    from ({variants})
    where not is_contradictory
    qualify row_number() over (partition by {key} order by file_row_number) = 1
    order by {order}
) to $target {parquet_options}
