{{ config(materialized='kept_by_day', days='is_replayed', made_of='is_replayed') }}

{%- set lookback = whole_lookback_days() %}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

stretches as (

    select * from {{ ref('int_stretches') }}

),

stretch_sweeps as (

    select * from {{ ref('int_stretch_sweeps') }}

),

cohorts as (

    select * from {{ ref('int_stretch_cohorts') }}

),

-- From one lookback before the batch on.
first_days as (

    select
        symbol,
        min(trade_date) - {{ lookback + 1 }} as first_date,
        max(trade_date) as last_date

    from batch
    group by symbol

),

numbered_stretches as (

    select
        stretches.*,
        row_number() over (partition by stretches.symbol order by stretches.stretch_at) as stretch_number

    from stretches
    inner join first_days
        on stretches.symbol = first_days.symbol
        and stretches.trade_date between first_days.first_date and first_days.last_date

),

cohorts_with_stretch as (

    select
        cohorts.*,
        stretches.stretch_number,
        stretches.log_survival_at_end

    from cohorts
    inner join numbered_stretches as stretches
        on cohorts.symbol = stretches.symbol
        and cohorts.stretch_at = stretches.stretch_at

),

cohorts_with_sweep as (

    select
        cohorts.*,
        stretch_sweeps.stretch_at as swept_in_stretch_at

    from cohorts_with_stretch as cohorts
    asof left join stretch_sweeps
        on cohorts.symbol = stretch_sweeps.symbol
        and cohorts.price_low = stretch_sweeps.price_low
        and cohorts.stretch_at < stretch_sweeps.stretch_at

),

stretches_in_batch as (

    select stretches.*

    from numbered_stretches as stretches
    semi join batch
        on stretches.symbol = batch.symbol
        and stretches.trade_date = batch.trade_date

),

-- A cohort is there at the start of every later stretch up to the one that sweeps its bin, unless it is too old.
living_cohorts as (

    select
        cohorts.symbol,
        cohorts.model,
        cohorts.side,
        {{ function('leverage_group') }}(cohorts.leverage) as leverage_group,
        cohorts.price_low,
        cohorts.left_coins,
        cohorts.closing_coins,
        case
            when cohorts.is_closing
                then cast(stretches.log_survival_at_start - cohorts.log_survival_at_end as double)
            else 0
        end as log_left,
        stretches.trade_date,
        stretches.stretch_at

    from cohorts_with_sweep as cohorts
    inner join stretches_in_batch as stretches
        on cohorts.symbol = stretches.symbol
        and cohorts.stretch_number < stretches.stretch_number
        and cohorts.too_old_on > stretches.trade_date
        and coalesce(cohorts.swept_in_stretch_at, timestamp 'infinity') >= stretches.stretch_at

),

snapshots as (

    select
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        {{ exact_sum(function('coins_left') ~ '(left_coins, log_left)', decimals=15) }} as stretch_coins,
        {{ exact_sum(
            function('coins_left') ~ '(closing_coins + left_coins * log_left, log_left)', decimals=15
        ) }} as closing_coins,
        trade_date,
        stretch_at

    from living_cohorts
    group by all

)

select * from snapshots
where stretch_coins > 0
