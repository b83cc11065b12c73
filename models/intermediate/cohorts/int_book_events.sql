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

events as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
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
        known.epoch,
        known.price_low,
        -known.quantity_coins * exp(survival.log_survival - known.known_log_survival) as change_coins,
        -1 as cohort_change,
        known.left_at as bar_at

    from known
    inner join survival
        on known.symbol = survival.symbol
        and known.hazard_leverage = survival.hazard_leverage
        and known.left_at = survival.bar_at

)

select * from events
