{{ config(materialized='kept_by_day', days='has_living_cohorts', made_of='is_opened') }}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

openings as (

    select * from {{ ref('int_cohort_openings') }}

),

stretch_entries as (

    select
        openings.symbol,
        openings.model,
        openings.side,
        {{ exact_sum('openings.quantity_coins', decimals=15) }} as entered_coins,
        openings.trade_date,
        openings.stretch_at,
        openings.too_old_on

    from openings
    semi join batch
        on openings.symbol = batch.symbol
        and openings.trade_date = batch.trade_date
    where openings.book = 'spread'
    group by
        openings.symbol, openings.model, openings.side, openings.trade_date, openings.stretch_at, openings.too_old_on

)

select * from stretch_entries
