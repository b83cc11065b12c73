with

premium_answers as (

    select * from {{ read_lake('livePremiumIndex') }}

),

ticker_answers as (

    select * from {{ read_lake('liveTicker') }}

),

answers as (

    select
        symbol,
        mark_price,
        index_price,
        cast(null as double) as last_price,
        last_funding_rate as rate,
        time as observed_at,
        next_funding_time as next_funding_at,
        "date" as trade_date

    from premium_answers

    union all by name

    select
        symbol,
        price as last_price,
        time as observed_at,
        "date" as trade_date

    from ticker_answers

),

-- Answers with the same millisecond are one snapshot.
snapshots as (

    select
        symbol,
        max(mark_price) as mark_price,
        max(index_price) as index_price,
        max(last_price) as last_price,
        max(rate) as rate,
        observed_at,
        max(next_funding_at) as next_funding_at,
        trade_date

    from answers
    where {{ known_by_as_of('observed_at') }}
    group by symbol, observed_at, trade_date

)

select * from snapshots
