{{ config(materialized='table') }}

with

events as (

    select * from {{ ref('int_book_events') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

display_times as (

    select * from {{ ref('int_display_times') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

display_survival as (

    select
        display_times.symbol,
        survival.hazard_leverage,
        display_times.display_number,
        survival.log_survival,
        display_times.display_at,
        display_times.bar_at

    from display_times
    inner join survival
        on display_times.symbol = survival.symbol
        and display_times.bar_at = survival.bar_at

),

-- the column in which a change is first seen, with what is left of it by then
seen as (

    select
        events.symbol,
        events.model,
        events.side,
        events.hazard_leverage,
        events.epoch,
        events.price_low,
        any_value(display_survival.display_number) as display_number,
        any_value(display_survival.log_survival) as log_survival,
        {{ exact_sum(
            'events.change_coins * exp(display_survival.log_survival - survival.log_survival)', decimals=15
        ) }} as change_coins,
        sum(events.cohort_change) as cohort_change

    from events
    inner join survival
        on events.symbol = survival.symbol
        and events.hazard_leverage = survival.hazard_leverage
        and events.bar_at = survival.bar_at
    asof inner join display_survival
        on events.symbol = display_survival.symbol
        and events.hazard_leverage = display_survival.hazard_leverage
        and events.bar_at <= display_survival.bar_at
    group by
        events.symbol, events.model, events.side, events.hazard_leverage, events.epoch, events.price_low,
        display_survival.bar_at

),

running as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        epoch,
        price_low,
        display_number,
        lead(display_number) over by_time as next_display_number,
        sum({{ to_epoch_start('change_coins', 'log_survival', 'epoch') }}) over by_time as epoch_coins,
        sum(cohort_change) over by_time as cohort_count

    from seen
    window by_time as (
        partition by symbol, model, side, hazard_leverage, epoch, price_low order by display_number
    )

),

-- a state lasts until the next change, or to the last column
lasting as (

    select
        running.symbol,
        running.model,
        running.side,
        running.price_low,
        {{ from_epoch_start('running.epoch_coins', 'display_survival.log_survival', 'running.epoch') }} as alive_coins,
        display_survival.display_at,
        display_survival.bar_at

    from running
    inner join display_survival
        on running.symbol = display_survival.symbol
        and running.hazard_leverage = display_survival.hazard_leverage
        and running.display_number <= display_survival.display_number
        and display_survival.display_number < coalesce(running.next_display_number, 1e9)
    inner join market_window
        on running.symbol = market_window.symbol
        and display_survival.display_at > market_window.history_starts_at
    where
        running.cohort_count > 0
        and {{ survival_epoch('display_survival.log_survival') }} <= running.epoch + 1

),

book as (

    select
        symbol,
        model,
        side,
        price_low,
        {{ exact_sum('alive_coins', decimals=15) }} as alive_coins,
        display_at,
        bar_at

    from lasting
    group by all

)

select * from book
