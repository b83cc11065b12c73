with

source as (

    select * from {{ read_lake('fundingRate') }}

),

renamed as (

    select
        symbol,
        funding_interval_hours,
        last_funding_rate as rate,
        calc_time as funding_at,
        "date" as trade_date

    from source
    where {{ known_by_as_of('calc_time') }}

)

select * from renamed
