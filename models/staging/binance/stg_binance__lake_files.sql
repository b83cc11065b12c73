with

source as (

    -- A lake from before these facts were recorded has no such columns: they are null then.
    select
        cast(null as bigint) as rows_dropped,
        cast(null as varchar) as dropped_by_reason,
        cast(null as bigint) as cells_emptied,
        cast(null as varchar) as accepted_checksum
    where false
    union all by name
    select * from {{ read_lake('lake_files') }}

),

renamed as (

    select
        file_key,
        dataset,
        "interval" as bar_interval,
        symbol,
        frequency,
        sha256,
        status,
        reason,
        line,
        row_count,
        id_gaps,
        duplicates_dropped,
        rows_dropped,
        dropped_by_reason,
        cells_emptied,
        accepted_checksum,
        source_bytes,
        first_at,
        last_at,
        loaded_at,
        period_start,
        period_end

    from source
    where market = 'um'

)

select * from renamed
