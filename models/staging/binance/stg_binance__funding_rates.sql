with

archived as (

    select * from {{ read_lake('fundingRate') }}

),

live as (

    select * from {{ read_lake('liveFundingRate') }}

),

-- the archive publishes a month when it is over; its times are some milliseconds late
combined as (

    select * from archived

    union all by name

    select live.*
    from live
    anti join archived
        on live.symbol = archived.symbol
        and date_trunc('minute', live.calc_time) = date_trunc('minute', archived.calc_time)

),

renamed as (

    select
        symbol,
        funding_interval_hours,
        last_funding_rate as rate,
        calc_time as funding_at,
        "date" as trade_date

    from combined
    where {{ known_by_as_of('calc_time') }}

)

select * from renamed
