{{ config(materialized='table') }}

with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

scales as (

    select * from {{ ref('int_book_scales') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- those in the book at the end of the last bar, with what is left of them
cohorts_in_book as (

    select
        lives.symbol,
        lives.model,
        lives.side,
        lives.leverage,
        lives.price_low,
        {{ function('coins_left') }}(
            lives.quantity_coins, survival.log_survival, lives.known_log_survival
        ) as alive_coins,
        {{ function('closing_sensitivity') }}(
            lives.hazard_leverage, survival.log_survival, lives.known_log_survival
        ) as closing_sensitivity,
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

),

levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        {{ exact_sum('alive_coins', decimals=15) }} as alive_coins,
        {{ exact_sum('alive_coins * closing_sensitivity', decimals=15) }} as closing_coins,
        bar_at

    from cohorts_in_book
    group by symbol, model, side, leverage, price_low, bar_at

),

scaled_levels as (

    select
        levels.symbol,
        levels.model,
        levels.side,
        levels.leverage,
        levels.price_low,
        levels.alive_coins * scales.scale as quantity_coins,
        levels.alive_coins / scales.alive_coins as side_share,
        levels.alive_coins * scales.ensemble_scale as ensemble_coins,
        scales.ensemble_weight,
        coalesce(levels.closing_coins / nullif(levels.alive_coins, 0), 0) as closing_sensitivity

    from levels
    inner join scales
        on levels.symbol = scales.symbol
        and levels.model = scales.model
        and levels.side = scales.side
        and levels.bar_at = scales.bar_at

)

select * from scaled_levels
where quantity_coins > 0
