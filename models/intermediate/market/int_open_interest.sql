with

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}

),

open_interest_of_last_contract as (

    select
        open_interest.symbol,
        open_interest.open_interest_coins,
        open_interest.open_interest_quote,
        open_interest.is_live,
        open_interest.observed_at,
        open_interest.trade_date

    from open_interest
    inner join contracts
        on open_interest.symbol = contracts.symbol
        and open_interest.observed_at > contracts.starts_at
    where contracts.is_last

)

select * from open_interest_of_last_contract
