with

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}

),

of_last_contract as (

    select open_interest.*

    from open_interest
    inner join contracts
        on open_interest.symbol = contracts.symbol
        and open_interest.observed_at > contracts.starts_at
    where contracts.is_last

)

select * from of_last_contract
