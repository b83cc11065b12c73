{{ config(materialized='table') }}
{%- set clock = "greatest(newest_at, timestamp '" ~ var('as_of') ~ "')" if var('as_of') else 'newest_at' %}

with

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}
    where open_interest_coins > 0

),

funding as (

    select * from {{ ref('stg_binance__funding_rates') }}

),

-- Steps from one bar with a trade to the next. What happened between the two is not known.
steps as (

    select
        symbol,
        lag(bar_ends_at) over by_time as left_at,
        bar_at,
        bar_ends_at,
        date_diff('second', lag(bar_ends_at) over by_time, bar_at) / 3600.0 as idle_hours,
        lag(mark_close) over by_time as price_before,
        mark_open as price_after,
        abs(ln(mark_open / lag(mark_close) over by_time)) as log_jump

    from bars
    where volume_coins > 0
    window by_time as (partition by symbol order by bar_at)

),

suspect_steps as (

    select *

    from steps
    where log_jump >= ln({{ var('contract_jump') }}) or idle_hours >= 24 * {{ var('contract_gap_days') }}

),

steps_with_open_interest as (

    select
        suspect_steps.*,
        ln(later.open_interest_coins / earlier.open_interest_coins) as log_open_interest

    from suspect_steps
    asof left join open_interest as earlier
        on suspect_steps.symbol = earlier.symbol
        and suspect_steps.left_at >= earlier.observed_at
    asof left join open_interest as later
        on suspect_steps.symbol = later.symbol
        and suspect_steps.bar_ends_at <= later.observed_at

),

-- Times at which the exchange said anything of the symbol: its open interest, or a funding payment.
observations as (

    select
        symbol,
        observed_at as seen_at

    from open_interest

    union all

    select
        symbol,
        funding_at as seen_at

    from funding

),

steps_with_observations as (

    select
        steps_with_open_interest.symbol,
        steps_with_open_interest.bar_at,
        any_value(steps_with_open_interest.idle_hours) as idle_hours,
        any_value(steps_with_open_interest.price_before) as price_before,
        any_value(steps_with_open_interest.price_after) as price_after,
        any_value(steps_with_open_interest.log_jump) as log_jump,
        any_value(steps_with_open_interest.log_open_interest) as log_open_interest,
        count(observations.seen_at) as observations_between

    from steps_with_open_interest
    left join observations
        on steps_with_open_interest.symbol = observations.symbol
        and steps_with_open_interest.left_at < observations.seen_at
        and steps_with_open_interest.bar_at > observations.seen_at
    group by steps_with_open_interest.symbol, steps_with_open_interest.bar_at

),

-- Steps with which another contract began. A redenomination moves coins and price in opposite directions; without open
-- interest only a jump twice as large in logarithms counts.
later_starts as (

    select
        symbol,
        bar_at as starts_at,
        price_before,
        price_after,
        idle_hours

    from steps_with_observations
    where
        idle_hours >= {{ var('contract_halt_hours') }} and log_jump >= ln({{ var('contract_jump') }})
        or case
            when log_open_interest is null then log_jump >= 2 * ln({{ var('contract_jump') }})
            else
                log_jump >= ln({{ var('contract_jump') }})
                and abs(log_open_interest + ln(price_after / price_before)) < log_jump / 2
        end
        or idle_hours >= 24 * {{ var('contract_gap_days') }} and observations_between = 0

),

contract_starts as (

    select
        symbol,
        starts_at,
        price_before,
        price_after,
        idle_hours

    from later_starts

    union all

    select distinct
        symbol,
        timestamp '-infinity' as starts_at,
        cast(null as double) as price_before,
        cast(null as double) as price_after,
        cast(null as double) as idle_hours

    from bars

),

contract_spans as (

    select
        *,
        row_number() over (partition by symbol order by starts_at) as contract_number,
        lead(starts_at, 1, timestamp 'infinity') over (partition by symbol order by starts_at) as next_starts_at

    from contract_starts

),

traded_spans as (

    select
        contract_spans.symbol,
        contract_spans.contract_number,
        contract_spans.starts_at,
        contract_spans.next_starts_at,
        any_value(contract_spans.price_before) as price_before,
        any_value(contract_spans.price_after) as price_after,
        any_value(contract_spans.idle_hours) as idle_hours,
        max(bars.bar_ends_at) filter (where bars.volume_coins > 0) as traded_until,
        max(bars.bar_ends_at) as bars_until

    from contract_spans
    inner join bars
        on contract_spans.symbol = bars.symbol
        and contract_spans.starts_at <= bars.bar_at
        and contract_spans.next_starts_at > bars.bar_at
    group by
        contract_spans.symbol, contract_spans.contract_number, contract_spans.starts_at, contract_spans.next_starts_at

),

-- The exchange delivers a symbol with a date in its name on that day at 08:00 UTC.
spans_with_delivery as (

    select
        *,
        strptime(nullif(regexp_extract(symbol, '_(\d{6})$', 1), ''), '%y%m%d') + interval '8 hours' as delivered_at,
        max(bars_until) over () as newest_at,
        coalesce(date_diff('second', traded_until, bars_until) / 3600.0, 0) as halted_hours

    from traded_spans

),

contracts as (

    select
        symbol,
        contract_number,
        starts_at,
        next_starts_at,
        price_before,
        price_after,
        idle_hours,
        traded_until,
        next_starts_at = 'infinity' as is_last,
        -- A contract that is no longer traded ends with its last trade; bars after it do not count.
        case when halted_hours >= {{ var('contract_halt_hours') }} then traded_until else bars_until end as ends_at,
        next_starts_at = 'infinity'
        and traded_until is not null
        and halted_hours < {{ var('contract_halt_hours') }}
        and coalesce(delivered_at > {{ clock }}, true) as is_trading

    from spans_with_delivery

)

select * from contracts
