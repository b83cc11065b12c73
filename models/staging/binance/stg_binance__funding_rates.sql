with

archived_rates as (

    select * from {{ read_lake('fundingRate') }}

),

live_rates as (

    select * from {{ read_lake('liveFundingRate') }}

),

-- The archive's payments count, and the exchange's own where a month has not been published yet. Times are compared by
-- the minute, because the archive's are some milliseconds late.
rates as (

    select * from archived_rates

    union all by name

    select live_rates.*
    from live_rates
    anti join archived_rates
        on live_rates.symbol = archived_rates.symbol
        and date_trunc('minute', live_rates.calc_time) = date_trunc('minute', archived_rates.calc_time)

),

renamed as (

    select
        symbol,
        funding_interval_hours,
        last_funding_rate as rate,
        calc_time as funding_at,
        "date" as trade_date

    from rates
    where {{ known_by_as_of('calc_time') }}

)

select * from renamed
