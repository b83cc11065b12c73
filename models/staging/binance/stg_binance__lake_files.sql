with

source as (

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
