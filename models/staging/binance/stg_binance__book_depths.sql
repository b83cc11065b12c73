with

source as (

    select * from {{ read_lake('bookDepth') }}

),

renamed as (

    select
        symbol,
        percentage as distance_pct,
        depth as depth_coins,
        notional as depth_quote,
        "timestamp" as snapshot_at,
        "date" as trade_date

    from source

)

select * from renamed
