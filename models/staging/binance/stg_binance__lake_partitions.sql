with

source as (

    -- A lake from before these facts were recorded has no such columns: they are null then.
    select
        cast(null as double) as low_price,
        cast(null as double) as high_price,
        cast(null as double) as volume_coins,
        cast(null as bigint) as rows_out_of_order,
        cast(null as double) as largest_coins,
        cast(null as double) as largest_quote
    where false
    union all by name
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
        rows_out_of_order,
        low_price,
        high_price,
        volume_coins,
        largest_coins,
        largest_quote,
        parquet_bytes,
        first_at,
        last_at,
        loaded_at,
        trade_date

    from source
    where market = 'um'

)

select * from renamed
