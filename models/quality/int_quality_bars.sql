with

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}

),

daily_profile as (

    select * from {{ ref('volume_profile_daily') }}

),

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

bars_with_steps as (

    select
        *,
        date_diff('second', lag(bar_ends_at) over by_time, bar_at) / 3600.0 as gap_hours,
        -- A step is measured over gaps of up to an hour: after a longer one it is no surprise.
        case
            when bar_at <= lag(bar_ends_at) over by_time + interval '1 hour'
                then 100 * abs(open_price / lag(close_price) over by_time - 1)
        end as jump_pct,
        case when not is_mark_price_traded then 100 * abs(close_price / mark_close - 1) end as from_mark_pct,
        case when volume_coins = 0 then bar_minutes / 60.0 else 0 end as hours_without_trade

    from bars
    window by_time as (partition by symbol order by bar_at)

),

days as (

    select
        symbol,
        trade_date,
        max(gap_hours) as gap_hours,
        max(jump_pct) as jump_pct,
        max(from_mark_pct) as from_mark_pct,
        sum(hours_without_trade) as hours_without_trade,
        {{ exact_sum('volume_quote', decimals=9) }} as volume_quote

    from bars_with_steps
    group by symbol, trade_date

),

compared_days as (

    select
        *,
        avg(volume_quote) over (
            partition by symbol order by trade_date rows between 7 preceding and 1 preceding
        ) as usual_quote

    from days

),

profile_days as (

    select
        symbol,
        trade_date,
        {{ exact_sum('total_volume_quote', decimals=9) }} as profile_quote

    from daily_profile
    group by symbol, trade_date

),

realised_days as (

    select
        symbol,
        source,
        cast(starts_at as date) as trade_date,
        {{ exact_sum('realised_quote', decimals=9) }} as realised_quote

    from realised
    group by all

),

contract_changes as (

    select
        'contract_changes' as check_name,
        'bars' as dataset,
        symbol,
        cast(starts_at as date) as trade_date,
        1.0 as observed,
        0.0 as expected,
        'From ' || price_before || ' to ' || price_after || ' after '
        || round(idle_hours, 1) || ' hours without a trade' as detail

    from contracts
    where contract_number > 1

),

measurements as (

    select
        'bars_without_trades' as check_name,
        'bars' as dataset,
        symbol,
        trade_date,
        hours_without_trade as observed,
        0.0 as expected

    from days

    union all

    select
        'time_gap' as check_name,
        'bars' as dataset,
        symbol,
        trade_date,
        gap_hours as observed,
        0.0 as expected

    from days

    union all

    select
        'price_jump' as check_name,
        'bars' as dataset,
        symbol,
        trade_date,
        jump_pct as observed,
        0.0 as expected

    from days

    union all

    select
        'price_against_mark' as check_name,
        'bars' as dataset,
        symbol,
        trade_date,
        from_mark_pct as observed,
        0.0 as expected

    from days

    union all

    select
        'volume_spike' as check_name,
        'bars' as dataset,
        symbol,
        trade_date,
        volume_quote / usual_quote as observed,
        1.0 as expected

    from compared_days
    where usual_quote > 0

    union all

    select
        'profile_against_volume' as check_name,
        'bars' as dataset,
        days.symbol,
        days.trade_date,
        abs(profile_days.profile_quote - days.volume_quote) as observed,
        0.0 as expected

    from days
    inner join profile_days
        on days.symbol = profile_days.symbol
        and days.trade_date = profile_days.trade_date

    union all

    select
        'realised_against_volume' as check_name,
        realised_days.source as dataset,
        days.symbol,
        days.trade_date,
        100 * realised_days.realised_quote / days.volume_quote as observed,
        0.0 as expected

    from days
    inner join realised_days
        on days.symbol = realised_days.symbol
        and days.trade_date = realised_days.trade_date
    where days.volume_quote > 0

)

select
    *,
    null as detail

from measurements
where observed is not null
union all
select * from contract_changes
