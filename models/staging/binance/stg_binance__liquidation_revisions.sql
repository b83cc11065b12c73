with

source as (

    select * from {{ read_lake('liquidationRevisions') }}

),

renamed as (

    select
        symbol,
        bucket_minutes,
        long_quote,
        short_quote,
        bucket_start as bucket_at,
        bucket_start + bucket_minutes * interval '1 minute' as bucket_ends_at,
        "date" as trade_date

    from source

)

select * from renamed
where {{ known_by_as_of('bucket_ends_at') }}
