{%- set lookback = whole_lookback_days() %}

with

cohorts as (

    select * from {{ ref('int_stretch_cohorts') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

swept_bins as (

    select * from {{ ref('int_swept_bins') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

stretches as (

    select * from {{ ref('int_stretches') }}

),

last_bars as (

    select
        survival.symbol,
        survival.log_survival,
        survival.trade_date,
        survival.bar_at

    from survival
    inner join market_window
        on survival.symbol = market_window.symbol
        and survival.bar_at = market_window.last_bar_at
    -- A contract that is not traded now has no levels.
    where market_window.is_trading

),

last_sweeps as (

    select
        symbol,
        price_low,
        max(stretch_at) as stretch_at

    from swept_bins
    group by symbol, price_low

),

-- Cohorts in the book at the end of the last bar, with what closing has left of them.
cohorts_in_book as (

    select
        cohorts.symbol,
        cohorts.model,
        cohorts.side,
        cohorts.leverage,
        cohorts.price_low,
        cohorts.is_closing,
        cohorts.left_coins,
        cohorts.closing_coins,
        case
            when cohorts.is_closing then cast(last_bars.log_survival - stretches.log_survival_at_end as double) else 0
        end as log_left,
        last_bars.bar_at

    from cohorts
    inner join last_bars
        on cohorts.symbol = last_bars.symbol
        and cohorts.trade_date >= last_bars.trade_date - {{ lookback + 1 }}
        and cohorts.too_old_on > last_bars.trade_date
    inner join stretches
        on cohorts.symbol = stretches.symbol
        and cohorts.stretch_at = stretches.stretch_at
    left join last_sweeps
        on cohorts.symbol = last_sweeps.symbol
        and cohorts.price_low = last_sweeps.price_low
    where coalesce(last_sweeps.stretch_at, timestamp '-infinity') <= cohorts.stretch_at

),

level_sums as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        is_closing,
        {{ exact_sum(function('coins_left') ~ '(left_coins, log_left)', decimals=15) }} as alive_coins,
        {{ exact_sum(
            function('coins_left') ~ '(closing_coins + left_coins * log_left, log_left)', decimals=15
        ) }} as closing_coins,
        bar_at

    from cohorts_in_book
    group by symbol, model, side, leverage, price_low, is_closing, bar_at

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
        case
            when level_sums.is_closing
                then {{ function('closing_sensitivity') }}(level_sums.closing_coins / nullif(level_sums.alive_coins, 0))
            else 0
        end as closing_sensitivity,
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
