{{ config(materialized='table') }}

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

-- the book at the start of the bar is that at the end of the bar before: what a bar closes by itself plays no part
swept as (

    select
        lives.symbol,
        lives.model,
        lives.side,
        {{ leverage_group('lives.leverage') }} as leverage_group,
        lives.price_low,
        {{ exact_sum(
            'lives.quantity_coins * exp(survival.log_survival - lives.known_log_survival)', decimals=15
        ) }} as alive_coins,
        {{ exact_sum(
            'lives.quantity_coins * exp(survival.log_survival - lives.known_log_survival) * ('
            ~ closing_sensitivity('lives.hazard_leverage', 'survival.log_survival - lives.known_log_survival') ~ ')',
            decimals=15
        ) }} as closing_coins,
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
    group by all

),

scaled as (

    select
        swept.symbol,
        swept.model,
        swept.side,
        swept.leverage_group,
        swept.price_low,
        swept.alive_coins * totals.scale as swept_coins,
        swept.alive_coins * totals.reconciling_scale as reconciled_coins,
        coalesce(swept.closing_coins / nullif(swept.alive_coins, 0), 0) as closing_sensitivity,
        swept.bar_at,
        swept.previous_bar_at

    from swept
    inner join totals
        on swept.symbol = totals.symbol
        and swept.model = totals.model
        and swept.side = totals.side
        and swept.previous_bar_at = totals.bar_at

)

select * from scaled
