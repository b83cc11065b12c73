{{ config(materialized='view') }}

with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

known as (

    select
        *,
        {{ function('leverage_group') }}(leverage) as leverage_group,
        {{ function('survival_epoch') }}(known_log_survival) as epoch

    from lives
    where is_in_book

),

events as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        leverage_group,
        epoch,
        price_low,
        quantity_coins as change_coins,
        1 as cohort_change,
        known_at as bar_at

    from known

    union all

    -- with what was left of it in that bar
    select
        known.symbol,
        known.model,
        known.side,
        known.hazard_leverage,
        known.leverage_group,
        known.epoch,
        known.price_low,
        -{{ function('coins_left') }}(
            known.quantity_coins, survival.log_survival, known.known_log_survival
        ) as change_coins,
        -1 as cohort_change,
        known.left_at as bar_at

    from known
    inner join survival
        on known.symbol = survival.symbol
        and known.hazard_leverage = survival.hazard_leverage
        and known.left_at = survival.bar_at

)

select * from events
