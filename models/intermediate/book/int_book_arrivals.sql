{{ config(materialized='view') }}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

stretch_sweeps as (

    select * from {{ ref('int_stretch_sweeps') }}

),

snapshots as (

    select * from {{ ref('int_book_snapshots') }}

),

openings as (

    select * from {{ ref('int_cohort_openings') }}

),

arrivals as (

    select
        snapshots.symbol,
        snapshots.model,
        snapshots.side,
        snapshots.leverage_group,
        snapshots.price_low,
        snapshots.stretch_coins,
        snapshots.trade_date,
        snapshots.stretch_at,
        snapshots.stretch_at as from_bar_at,
        stretch_sweeps.swept_at

    from snapshots
    semi join batch
        on snapshots.symbol = batch.symbol
        and snapshots.trade_date = batch.trade_date
    left join stretch_sweeps
        on snapshots.symbol = stretch_sweeps.symbol
        and snapshots.price_low = stretch_sweeps.price_low
        and snapshots.stretch_at = stretch_sweeps.stretch_at

    union all

    select
        openings.symbol,
        openings.model,
        openings.side,
        {{ function('leverage_group') }}(openings.leverage) as leverage_group,
        openings.price_low,
        {{ function('coins_left') }}(
            openings.quantity_coins,
            case
                when openings.book = 'flow' then cast(bars.log_survival_at_start - bars.log_survival as double) else 0
            end
        ) as stretch_coins,
        openings.trade_date,
        openings.stretch_at,
        openings.known_at as from_bar_at,
        openings.swept_at

    from openings
    semi join batch
        on openings.symbol = batch.symbol
        and openings.trade_date = batch.trade_date
    inner join survival as bars
        on openings.symbol = bars.symbol
        and openings.known_at = bars.bar_at
    where openings.is_in_book

)

select * from arrivals
