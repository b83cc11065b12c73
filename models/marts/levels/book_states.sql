{{ config(materialized='kept_by_day', days='is_kept', made_of='is_replayed', version='states_version') }}

with

batch as (

    select * from {{ ref('int_days_in_batch') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

stretches as (

    select * from {{ ref('int_stretches') }}

),

arrivals as (

    select * from {{ ref('int_book_arrivals') }}

),

-- Columns of the heatmap: every bar on recent days, else the last bar before each display time.
bars_in_batch as (

    select
        survival.*,
        batch.is_fine,
        case
            when batch.is_fine then survival.bar_at
            else max(survival.bar_at) over (
                partition by survival.symbol, {{ function('display_time') }}(survival.bar_ends_at)
            )
        end as column_at,
        stretches.stretch_ends_at

    from survival
    inner join batch
        on survival.symbol = batch.symbol
        and survival.trade_date = batch.trade_date
    inner join stretches
        on survival.symbol = stretches.symbol
        and survival.stretch_at = stretches.stretch_at

),

-- What came in one column, and leaves in one sweep.
column_arrivals as (

    select
        arrivals.symbol,
        arrivals.model,
        arrivals.side,
        arrivals.leverage_group,
        arrivals.price_low,
        {{ exact_sum('arrivals.stretch_coins', decimals=12) }} as stretch_coins,
        arrivals.stretch_at,
        arrivals.swept_at,
        bars.trade_date,
        bars.column_at,
        bars.stretch_ends_at,
        bars.is_fine

    from arrivals
    inner join bars_in_batch as bars
        on arrivals.symbol = bars.symbol
        and arrivals.from_bar_at = bars.bar_at
    group by all

),

-- Whatever is in a bin leaves it together, by the next sweep: only what came since the last one is added up.
running_sums as (

    select
        arrivals.symbol,
        arrivals.model,
        arrivals.side,
        arrivals.leverage_group,
        arrivals.price_low,
        {{ exact_sum('arrivals.stretch_coins', decimals=12, over='over by_time') }} as stretch_coins,
        {{ exact_sum('arrivals.stretch_coins', decimals=12, over="""
            over (partition by arrivals.symbol, arrivals.model, arrivals.side, arrivals.stretch_at)
        """) }} as side_coins,
        arrivals.is_fine,
        arrivals.trade_date,
        arrivals.stretch_at,
        arrivals.column_at as from_bar_at,
        coalesce(
            lead(arrivals.column_at) over by_time, sweeping_bars.column_at, arrivals.stretch_ends_at
        ) as until_bar_at,
        arrivals.stretch_ends_at

    from column_arrivals as arrivals
    left join bars_in_batch as sweeping_bars
        on arrivals.symbol = sweeping_bars.symbol
        and arrivals.swept_at = sweeping_bars.bar_at
    window by_time as (
        partition by
            arrivals.symbol, arrivals.model, arrivals.side, arrivals.leverage_group, arrivals.price_low,
            arrivals.stretch_at, arrivals.swept_at
        order by arrivals.column_at
    )

),

states as (

    select
        {{ venue() }} as venue,
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        case
            when is_fine then stretch_coins
            else {{ function('to_book_precision') }}(stretch_coins, side_coins)
        end as stretch_coins,
        trade_date,
        stretch_at,
        from_bar_at,
        least(until_bar_at, stretch_ends_at) as until_bar_at

    from running_sums
    where from_bar_at < least(until_bar_at, stretch_ends_at)

)

select * from states
where stretch_coins > 0
-- Readers ask for a model and a range of time, and in this order it compresses best.
order by symbol, model, from_bar_at, side, leverage_group, price_low
