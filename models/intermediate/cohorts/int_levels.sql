{{ config(materialized='table') }}

with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

totals as (

    select * from {{ ref('int_book_scales') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- the book at the end of the last bar, cohort by cohort
alive as (

    select
        lives.symbol,
        lives.model,
        lives.side,
        lives.leverage,
        lives.price_low,
        {{ exact_sum(
            'lives.quantity_coins * exp(survival.log_survival - lives.known_log_survival)', decimals=15
        ) }} as alive_coins,
        {{ exact_sum(
            'lives.quantity_coins * exp(survival.log_survival - lives.known_log_survival) * ('
            ~ closing_sensitivity('lives.hazard_leverage', 'survival.log_survival - lives.known_log_survival') ~ ')',
            decimals=15
        ) }} as closing_coins,
        market_window.last_bar_at as bar_at

    from lives
    inner join market_window
        on lives.symbol = market_window.symbol
    inner join survival
        on lives.symbol = survival.symbol
        and lives.hazard_leverage = survival.hazard_leverage
        and market_window.last_bar_at = survival.bar_at
    -- a contract that is not traded now has no levels
    where lives.is_in_book and lives.left_at is null and market_window.is_trading
    group by all

),

priced as (

    select
        alive.symbol,
        alive.model,
        alive.side,
        alive.leverage,
        alive.price_low,
        alive.alive_coins * totals.scale as quantity_coins,
        alive.alive_coins / totals.alive_coins as side_share,
        alive.alive_coins * totals.ensemble_scale as ensemble_coins,
        totals.ensemble_weight,
        coalesce(alive.closing_coins / nullif(alive.alive_coins, 0), 0) as closing_sensitivity

    from alive
    inner join totals
        on alive.symbol = totals.symbol
        and alive.model = totals.model
        and alive.side = totals.side
        and alive.bar_at = totals.bar_at

)

select * from priced
where quantity_coins > 0
