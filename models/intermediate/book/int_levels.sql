with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- Cohorts in the book at the end of the last bar, with what closing has left of them.
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
    -- A contract that is not traded now has no levels.
    where lives.is_in_book and lives.left_at is null and market_window.is_trading

),

level_sums as (

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

levels as (

    select
        level_sums.symbol,
        level_sums.model,
        level_sums.side,
        level_sums.leverage,
        level_sums.price_low,
        level_sums.alive_coins,
        level_sums.alive_coins * totals.scale as quantity_coins,
        level_sums.alive_coins / totals.alive_coins as side_share,
        coalesce(level_sums.closing_coins / nullif(level_sums.alive_coins, 0), 0) as closing_sensitivity,
        level_sums.bar_at

    from level_sums
    inner join totals
        on level_sums.symbol = totals.symbol
        and level_sums.model = totals.model
        and level_sums.side = totals.side
        and level_sums.bar_at = totals.bar_at

)

select * from levels
where alive_coins > 0
