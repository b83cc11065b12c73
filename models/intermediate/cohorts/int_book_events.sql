{{ config(materialized='table') }}

with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

known as (

    select
        lives.*,
        survival.log_survival as known_log_survival,
        {{ survival_epoch('survival.log_survival') }} as epoch

    from lives
    inner join survival
        on lives.symbol = survival.symbol
        and lives.hazard_leverage = survival.hazard_leverage
        and lives.known_at = survival.bar_at
    where lives.is_in_book

),

joining as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        epoch,
        price_low,
        false as is_swept,
        {{ exact_sum('quantity_coins', decimals=15) }} as change_coins,
        count(*) as cohort_change,
        known_at as bar_at

    from known
    group by all

),

-- with what was left of them in that bar
leaving as (

    select
        known.symbol,
        known.model,
        known.side,
        known.hazard_leverage,
        known.epoch,
        known.price_low,
        known.is_swept,
        {{ exact_sum(
            '-known.quantity_coins * exp(survival.log_survival - known.known_log_survival)', decimals=15
        ) }} as change_coins,
        -count(*) as cohort_change,
        known.left_at as bar_at

    from known
    inner join survival
        on known.symbol = survival.symbol
        and known.hazard_leverage = survival.hazard_leverage
        and known.left_at = survival.bar_at
    group by all

),

events as (

    select * from joining
    union all
    select * from leaving

)

select * from events
