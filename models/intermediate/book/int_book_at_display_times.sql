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

display_survival as (

    select
        display_times.symbol,
        survival.hazard_leverage,
        display_times.display_number,
        survival.log_survival,
        display_times.bar_at

    from display_times
    inner join survival
        on display_times.symbol = survival.symbol
        and display_times.bar_at = survival.bar_at

),

-- the column in which a bar's changes are first seen, and what is left of them by then
seen_survival as (

    select
        survival.symbol,
        survival.hazard_leverage,
        survival.bar_at,
        display_survival.display_number,
        display_survival.log_survival,
        exp(display_survival.log_survival - survival.log_survival) as survival

    from survival
    asof inner join display_survival
        on survival.symbol = display_survival.symbol
        and survival.hazard_leverage = display_survival.hazard_leverage
        and survival.bar_at <= display_survival.bar_at

),

seen_changes as (

    select
        events.symbol,
        events.model,
        events.side,
        events.hazard_leverage,
        events.leverage_group,
        events.epoch,
        events.price_low,
        seen_survival.display_number,
        {{ exact_sum('events.change_coins * seen_survival.survival', decimals=15) }} as change_coins,
        sum(events.cohort_change) as cohort_change,
        any_value(seen_survival.log_survival) as log_survival

    from events
    inner join seen_survival
        on events.symbol = seen_survival.symbol
        and events.hazard_leverage = seen_survival.hazard_leverage
        and events.bar_at = seen_survival.bar_at
    group by
        events.symbol, events.model, events.side, events.hazard_leverage, events.leverage_group, events.epoch,
        events.price_low, seen_survival.display_number

),

running_sums as (

    select
        symbol,
        model,
        side,
        hazard_leverage,
        leverage_group,
        epoch,
        price_low,
        {{ exact_sum(
            function('at_epoch_start') ~ '(change_coins, log_survival, epoch)', decimals=12, over='over by_time'
        ) }} as epoch_coins,
        sum(cohort_change) over by_time as cohort_count,
        display_number,
        lead(display_number) over by_time as next_display_number

    from seen_changes
    window by_time as (
        partition by symbol, model, side, hazard_leverage, leverage_group, epoch, price_low order by display_number
    )

),

last_columns as (

    select
        symbol,
        max(display_number) as last_number,
        min(display_number) filter (where is_shown) as first_shown

    from display_times
    group by symbol

),

-- A sum lasts until the next change, or to the last column. The count of cohorts is exact: where it is zero, what remains
-- of the sum is rounding.
lasting_sums as (

    select
        running_sums.model,
        running_sums.side,
        running_sums.hazard_leverage,
        running_sums.leverage_group,
        running_sums.epoch,
        running_sums.price_low,
        running_sums.epoch_coins,
        unnest(generate_series(
            greatest(running_sums.display_number, last_columns.first_shown),
            coalesce(running_sums.next_display_number - 1, last_columns.last_number)
        )) as display_number

    from running_sums
    inner join last_columns
        on running_sums.symbol = last_columns.symbol
    where running_sums.cohort_count > 0

),

alive as (

    select
        lasting_sums.model,
        lasting_sums.side,
        lasting_sums.leverage_group,
        lasting_sums.price_low,
        {{ exact_sum(
            function('from_epoch_start')
            ~ '(lasting_sums.epoch_coins, display_survival.log_survival, lasting_sums.epoch)',
            decimals=15
        ) }} as alive_coins,
        lasting_sums.display_number

    from lasting_sums
    inner join display_survival
        on lasting_sums.display_number = display_survival.display_number
        and lasting_sums.hazard_leverage = display_survival.hazard_leverage
    where {{ function('survival_epoch') }}(display_survival.log_survival) <= lasting_sums.epoch + 2
    group by
        lasting_sums.model, lasting_sums.side, lasting_sums.leverage_group, lasting_sums.price_low,
        lasting_sums.display_number

),

book as (

    select
        display_times.symbol,
        alive.model,
        alive.side,
        alive.leverage_group,
        alive.price_low,
        alive.alive_coins,
        display_times.display_at,
        display_times.bar_at

    from alive
    inner join display_times
        on alive.display_number = display_times.display_number
    -- the heatmap is read and compressed best in this order, and here are the fewest rows to sort
    order by alive.model, alive.display_number, alive.price_low

)

select * from book
