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

seen as (

    select
        events.symbol,
        events.side,
        events.hazard_leverage,
        events.leverage_group,
        events.epoch,
        events.price_low,
        seen_survival.display_number,
        {%- for model in var('cohort_models') %}
            {{ exact_sum(
                'events.change_coins * seen_survival.survival', decimals=15,
                over="filter (where events.model = '" ~ model ~ "')"
            ) }} as {{ model }}_coins,
            sum(events.cohort_change) filter (where events.model = '{{ model }}') as {{ model }}_cohorts,
        {%- endfor %}
        any_value(seen_survival.log_survival) as log_survival

    from events
    inner join seen_survival
        on events.symbol = seen_survival.symbol
        and events.hazard_leverage = seen_survival.hazard_leverage
        and events.bar_at = seen_survival.bar_at
    group by
        events.symbol, events.side, events.hazard_leverage, events.leverage_group, events.epoch, events.price_low,
        seen_survival.display_number

),

running as (

    select
        symbol,
        side,
        hazard_leverage,
        leverage_group,
        epoch,
        price_low,
        {%- for model in var('cohort_models') %}
            {{ exact_sum(
                function('at_epoch_start') ~ '(' ~ model ~ '_coins, log_survival, epoch)', decimals=12, over='over by_time'
            ) }} as {{ model }}_coins,
            sum({{ model }}_cohorts) over by_time as {{ model }}_cohorts,
        {%- endfor %}
        display_number,
        lead(display_number) over by_time as next_display_number

    from seen
    window by_time as (
        partition by symbol, side, hazard_leverage, leverage_group, epoch, price_low order by display_number
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

-- a state lasts until the next change, or to the last column; the count of cohorts is exact: where it is zero, what
-- remains of the sum is rounding
lasting as (

    select
        running.side,
        running.hazard_leverage,
        running.leverage_group,
        running.epoch,
        running.price_low,
        {%- for model in var('cohort_models') %}
            case when running.{{ model }}_cohorts > 0 then running.{{ model }}_coins end as {{ model }}_coins,
        {%- endfor %}
        unnest(generate_series(
            greatest(running.display_number, last_columns.first_shown),
            coalesce(running.next_display_number - 1, last_columns.last_number)
        )) as display_number

    from running
    inner join last_columns
        on running.symbol = last_columns.symbol
    where
        {%- for model in var('cohort_models') %}
            {{ 'or ' if not loop.first }}running.{{ model }}_cohorts > 0
        {%- endfor %}

),

summed as (

    select
        lasting.side,
        lasting.leverage_group,
        lasting.price_low,
        {%- for model in var('cohort_models') %}
            {{ exact_sum(
                function('from_epoch_start') ~ '(lasting.' ~ model ~ '_coins, display_survival.log_survival, lasting.epoch)',
                decimals=15
            ) }} as {{ model }}_coins,
        {%- endfor %}
        lasting.display_number

    from lasting
    inner join display_survival
        on lasting.display_number = display_survival.display_number
        and lasting.hazard_leverage = display_survival.hazard_leverage
    where {{ function('survival_epoch') }}(display_survival.log_survival) <= lasting.epoch + 2
    group by lasting.side, lasting.leverage_group, lasting.price_low, lasting.display_number

),

book as (

    select
        display_times.symbol,
        summed.side,
        summed.leverage_group,
        summed.price_low,
        display_times.display_at,
        {%- for model in var('cohort_models') %}
            summed.{{ model }}_coins,
        {%- endfor %}
        display_times.bar_at

    from summed
    inner join display_times
        on summed.display_number = display_times.display_number
    -- by symbol, time and price: the marts made of it are read and compressed best in this order, and here are the
    -- fewest rows to sort
    order by summed.display_number, summed.price_low

)

select * from book
