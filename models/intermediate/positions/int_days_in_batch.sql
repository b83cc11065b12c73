{{ config(materialized='view') }}

-- Outside of a batch, which sets the variable, the newest day of each symbol.
with

days as (

    select * from {{ ref('int_days') }}

),

chosen_days as (

    select unnest(
        cast(getvariable('days_in_batch') as struct(symbol varchar, trade_date date, version varchar)[]),
        recursive := true
    )

),

days_in_batch as (

    select
        symbol,
        trade_date

    from chosen_days

    union all

    select
        symbol,
        max(trade_date) as trade_date

    from days
    where getvariable('days_in_batch') is null
    group by symbol

),

batch as (

    select
        days_in_batch.symbol,
        days_in_batch.trade_date,
        days.is_fine

    from days_in_batch
    inner join days
        on days_in_batch.symbol = days.symbol
        and days_in_batch.trade_date = days.trade_date

)

select * from batch
