with

source as (

    select * from {{ read_lake('lake_partitions') }}

),

renamed as (

    select
        dataset,
        "interval" as bar_interval,
        symbol,
        file_key,
        source_sha256,
        row_count,
        first_id,
        last_id,
        id_gaps,
        duplicates_dropped,
        parquet_bytes,
        first_at,
        last_at,
        loaded_at,
        trade_date

    from source
    where market = 'um'

)

select * from renamed
