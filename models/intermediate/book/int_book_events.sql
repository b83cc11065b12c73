{{ config(materialized='view') }}

with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

cohorts_in_book as (

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

    from cohorts_in_book

    union all

    -- A cohort leaves with what closing has left of it by that bar.
    select
        cohorts_in_book.symbol,
        cohorts_in_book.model,
        cohorts_in_book.side,
        cohorts_in_book.hazard_leverage,
        cohorts_in_book.leverage_group,
        cohorts_in_book.epoch,
        cohorts_in_book.price_low,
        -{{ function('coins_left') }}(
            cohorts_in_book.quantity_coins, survival.log_survival, cohorts_in_book.known_log_survival
        ) as change_coins,
        -1 as cohort_change,
        cohorts_in_book.left_at as bar_at

    from cohorts_in_book
    inner join survival
        on cohorts_in_book.symbol = survival.symbol
        and cohorts_in_book.hazard_leverage = survival.hazard_leverage
        and cohorts_in_book.left_at = survival.bar_at

)

select * from events
