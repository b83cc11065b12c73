with

lives as (

    select * from {{ ref('int_cohort_lives') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

-- Swept cohorts with what was left of them at the end of the bar before. What the sweeping bar closes is not taken off.
swept_cohorts as (

    select
        lives.symbol,
        lives.model,
        lives.side,
        {{ function('leverage_group') }}(lives.leverage) as leverage_group,
        lives.price_low,
        {{ function('coins_left') }}(
            lives.quantity_coins, survival.log_survival, lives.known_log_survival
        ) as alive_coins,
        {{ function('closing_sensitivity') }}(
            lives.hazard_leverage, survival.log_survival, lives.known_log_survival
        ) as closing_sensitivity,
        flows.bar_at,
        flows.previous_bar_at

    from lives
    inner join flows
        on lives.symbol = flows.symbol
        and lives.left_at = flows.bar_at
    inner join survival
        on flows.symbol = survival.symbol
        and lives.hazard_leverage = survival.hazard_leverage
        and flows.previous_bar_at = survival.bar_at
    where lives.is_in_book and lives.is_swept

),

swept_bins as (

    select
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        {{ exact_sum('alive_coins', decimals=15) }} as alive_coins,
        {{ exact_sum('alive_coins * closing_sensitivity', decimals=15) }} as closing_coins,
        bar_at,
        previous_bar_at

    from swept_cohorts
    group by symbol, model, side, leverage_group, price_low, bar_at, previous_bar_at

),

swept_quantities as (

    select
        swept_bins.symbol,
        swept_bins.model,
        swept_bins.side,
        swept_bins.leverage_group,
        swept_bins.price_low,
        swept_bins.alive_coins * totals.scale as swept_coins,
        coalesce(swept_bins.closing_coins / nullif(swept_bins.alive_coins, 0), 0) as closing_sensitivity,
        swept_bins.bar_at,
        swept_bins.previous_bar_at

    from swept_bins
    inner join totals
        on swept_bins.symbol = totals.symbol
        and swept_bins.model = totals.model
        and swept_bins.side = totals.side
        and swept_bins.previous_bar_at = totals.bar_at

)

select * from swept_quantities
