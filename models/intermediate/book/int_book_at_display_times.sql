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

-- The heatmap column in which a bar's changes are first seen, and the share of them that closing has left by then.
survival_to_columns as (

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

column_changes as (

    select
        events.symbol,
        events.model,
        events.side,
        events.hazard_leverage,
        events.leverage_group,
        events.epoch,
        events.price_low,
        survival_to_columns.display_number,
        {{ exact_sum('events.change_coins * survival_to_columns.survival', decimals=15) }} as change_coins,
        sum(events.cohort_change) as cohort_change,
        any_value(survival_to_columns.log_survival) as log_survival

    from events
    inner join survival_to_columns
        on events.symbol = survival_to_columns.symbol
        and events.hazard_leverage = survival_to_columns.hazard_leverage
        and events.bar_at = survival_to_columns.bar_at
    group by
        events.symbol, events.model, events.side, events.hazard_leverage, events.leverage_group, events.epoch,
        events.price_low, survival_to_columns.display_number

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

    from column_changes
    window by_time as (
        partition by symbol, model, side, hazard_leverage, leverage_group, epoch, price_low order by display_number
    )

),

column_ranges as (

    select
        symbol,
        max(display_number) as last_number,
        min(display_number) filter (where is_shown) as first_shown

    from display_times
    group by symbol

),

-- A running sum holds until its next change, or to the last column. It counts only while cohorts are left: their count
-- is exact, and what the sum shows without any is rounding.
sums_in_columns as (

    select
        running_sums.model,
        running_sums.side,
        running_sums.hazard_leverage,
        running_sums.leverage_group,
        running_sums.epoch,
        running_sums.price_low,
        running_sums.epoch_coins,
        unnest(generate_series(
            greatest(running_sums.display_number, column_ranges.first_shown),
            coalesce(running_sums.next_display_number - 1, column_ranges.last_number)
        )) as display_number

    from running_sums
    inner join column_ranges
        on running_sums.symbol = column_ranges.symbol
    where running_sums.cohort_count > 0

),

alive_cells as (

    select
        sums_in_columns.model,
        sums_in_columns.side,
        sums_in_columns.leverage_group,
        sums_in_columns.price_low,
        {{ exact_sum(
            function('from_epoch_start')
            ~ '(sums_in_columns.epoch_coins, display_survival.log_survival, sums_in_columns.epoch)',
            decimals=15
        ) }} as alive_coins,
        sums_in_columns.display_number

    from sums_in_columns
    inner join display_survival
        on sums_in_columns.display_number = display_survival.display_number
        and sums_in_columns.hazard_leverage = display_survival.hazard_leverage
    where {{ function('survival_epoch') }}(display_survival.log_survival) <= sums_in_columns.epoch + 2
    group by
        sums_in_columns.model, sums_in_columns.side, sums_in_columns.leverage_group, sums_in_columns.price_low,
        sums_in_columns.display_number

),

book as (

    select
        display_times.symbol,
        alive_cells.model,
        alive_cells.side,
        alive_cells.leverage_group,
        alive_cells.price_low,
        alive_cells.alive_coins,
        display_times.display_at,
        display_times.bar_at

    from alive_cells
    inner join display_times
        on alive_cells.display_number = display_times.display_number
    -- Readers scan the heatmap in this order, and it compresses best. Here there are the fewest rows to sort.
    order by alive_cells.model, alive_cells.display_number, alive_cells.price_low

)

select * from book
