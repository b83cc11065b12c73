{{ config(materialized='kept_by_day', days='is_kept', made_of='is_replayed') }}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

snapshots as (

    select * from {{ ref('int_book_snapshots') }}

),

openings as (

    select * from {{ ref('int_cohort_openings') }}

),

stretch_sweeps as (

    select * from {{ ref('int_stretch_sweeps') }}

),

models as (

    select * from {{ ref('models') }}

),

bars_in_batch as (

    select
        survival.*,
        flows.previous_bar_at

    from survival
    semi join batch
        on survival.symbol = batch.symbol
        and survival.trade_date = batch.trade_date
    inner join flows
        on survival.symbol = flows.symbol
        and survival.bar_at = flows.bar_at

),

-- What is swept, with what was left of it at the end of the bar before. What the sweeping bar closes is not taken off.
swept_parts as (

    select
        snapshots.symbol,
        snapshots.model,
        snapshots.side,
        snapshots.leverage_group,
        snapshots.price_low,
        snapshots.stretch_coins as coins,
        snapshots.closing_coins,
        models.book = 'flow' as is_closing,
        cast(bars.log_survival_before - bars.log_survival_at_start as double) as log_left,
        bars.trade_date,
        bars.bar_at,
        bars.previous_bar_at

    from snapshots
    inner join stretch_sweeps
        on snapshots.symbol = stretch_sweeps.symbol
        and snapshots.price_low = stretch_sweeps.price_low
        and snapshots.stretch_at = stretch_sweeps.stretch_at
    inner join bars_in_batch as bars
        on stretch_sweeps.symbol = bars.symbol
        and stretch_sweeps.swept_at = bars.bar_at
    inner join models
        on snapshots.model = models.model

    union all

    select
        openings.symbol,
        openings.model,
        openings.side,
        {{ function('leverage_group') }}(openings.leverage) as leverage_group,
        openings.price_low,
        openings.quantity_coins as coins,
        0 as closing_coins,
        openings.book = 'flow' as is_closing,
        cast(bars.log_survival_before - known_bars.log_survival as double) as log_left,
        bars.trade_date,
        bars.bar_at,
        bars.previous_bar_at

    from openings
    inner join bars_in_batch as bars
        on openings.symbol = bars.symbol
        and openings.swept_at = bars.bar_at
    inner join survival as known_bars
        on openings.symbol = known_bars.symbol
        and openings.known_at = known_bars.bar_at

),

parts_with_closing as (

    select * replace (if(is_closing, log_left, 0) as log_left)

    from swept_parts

),

swept_sums as (

    select
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        is_closing,
        {{ exact_sum(function('coins_left') ~ '(coins, log_left)', decimals=15) }} as alive_coins,
        {{ exact_sum(
            function('coins_left') ~ '(closing_coins + coins * log_left, log_left)', decimals=15
        ) }} as closing_coins,
        trade_date,
        bar_at,
        previous_bar_at

    from parts_with_closing
    group by all

),

swept_cells as (

    select
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        alive_coins,
        case
            when is_closing then {{ function('closing_sensitivity') }}(closing_coins / nullif(alive_coins, 0))
            else 0
        end as closing_sensitivity,
        trade_date,
        bar_at,
        previous_bar_at

    from swept_sums

)

select * from swept_cells
where alive_coins > 0
