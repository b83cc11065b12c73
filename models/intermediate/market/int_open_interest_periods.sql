with

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

periods as (

    select
        symbol,
        open_interest_coins,
        open_interest_coins - lag(open_interest_coins) over (partition by symbol order by observed_at) as change_coins,
        lag(observed_at) over (partition by symbol order by observed_at) as starts_at,
        observed_at as ends_at

    from open_interest

)

select * from periods
where starts_at is not null
