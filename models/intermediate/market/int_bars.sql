with

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}

),

-- a symbol may name one contract after another: only the last has a book
of_last_contract as (

    select bars.*

    from bars
    inner join contracts
        on bars.symbol = contracts.symbol
        and bars.bar_at >= contracts.starts_at
        and bars.bar_at < coalesce(contracts.ends_at, 'infinity')
    where contracts.is_last

)

select * from of_last_contract
