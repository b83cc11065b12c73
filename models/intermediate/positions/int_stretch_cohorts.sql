{{ config(materialized='kept_by_day', days='has_living_cohorts', made_of='is_opened') }}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

openings as (

    select * from {{ ref('int_cohort_openings') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

stretches as (

    select * from {{ ref('int_stretches') }}

),

-- Cohorts that no bar of their stretch swept, with what closing has left of them at its end.
survivors as (

    select
        openings.symbol,
        openings.model,
        openings.side,
        openings.leverage,
        openings.price_low,
        openings.quantity_coins,
        case
            when openings.book = 'flow' then stretches.log_survival_at_end - survival.log_survival else 0
        end as log_left,
        openings.book = 'flow' as is_closing,
        openings.trade_date,
        openings.stretch_at,
        openings.too_old_on

    from openings
    semi join batch
        on openings.symbol = batch.symbol
        and openings.trade_date = batch.trade_date
    inner join survival
        on openings.symbol = survival.symbol
        and openings.known_at = survival.bar_at
    inner join stretches
        on openings.symbol = stretches.symbol
        and openings.stretch_at = stretches.stretch_at
    where openings.is_in_book and openings.swept_at is null

),

stretch_cohorts as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        is_closing,
        {{ exact_sum(function('coins_left') ~ '(quantity_coins, log_left)', decimals=15) }} as left_coins,
        {{ exact_sum(function('coins_left') ~ '(quantity_coins, log_left) * log_left', decimals=15) }} as closing_coins,
        trade_date,
        stretch_at,
        too_old_on

    from survivors
    group by all

)

select * from stretch_cohorts
