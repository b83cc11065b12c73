with

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

funding as (

    select * from {{ ref('stg_binance__funding_rates') }}

),

brackets as (

    select * from {{ ref('int_margin_brackets') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

symbols as (

    select * from {{ ref('symbols') }}

),

levels as (

    select * from {{ ref('liquidation_levels') }}

),

models as (

    select * from {{ ref('models') }}

),

observations as (

    select
        *,
        lag(open_interest_coins) over by_time as previous_coins,
        date_diff('second', lag(observed_at) over by_time, observed_at) / 60.0 as minutes_since,
        lag(observed_at) over by_time as previous_at

    from open_interest
    window by_time as (partition by symbol order by observed_at)

),

payments as (

    select
        *,
        lag(funding_interval_hours) over by_time as previous_interval_hours,
        date_diff('second', lag(funding_at) over by_time, funding_at) / 3600.0 as hours_since

    from funding
    window by_time as (partition by symbol order by funding_at)

),

-- The version of the brackets in force at the last bar. Simulated symbols are left out: their brackets never change.
brackets_in_force as (

    select
        symbols.symbol,
        cast(symbols.last_bar_at as date) as trade_date,
        max(brackets.valid_from) as valid_from

    from symbols
    inner join brackets
        on symbols.symbol = brackets.symbol
        and symbols.last_bar_at >= brackets.valid_from
    where not symbols.is_simulated
    group by all

),

side_totals as (

    select
        levels.symbol,
        levels.model,
        levels.side,
        sum(levels.quantity_coins) as quantity_coins

    from levels
    left join models
        on levels.model = models.model
    where coalesce(models.book, 'ensemble') <> 'gross'
    group by all

),

measurements as (

    select
        'open_interest_not_positive' as check_name,
        'metrics' as dataset,
        symbol,
        cast(observed_at as date) as trade_date,
        cast(count_if(open_interest_coins <= 0) as double) as observed,
        0.0 as expected

    from observations
    group by all

    union all

    select
        'open_interest_cadence' as check_name,
        'metrics' as dataset,
        symbol,
        cast(observed_at as date) as trade_date,
        max(minutes_since) as observed,
        5.0 as expected

    from observations
    group by all

    union all

    select
        'open_interest_jump' as check_name,
        'metrics' as dataset,
        symbol,
        cast(observed_at as date) as trade_date,
        max(100 * abs(open_interest_coins / nullif(previous_coins, 0) - 1)) as observed,
        0.0 as expected

    from observations
    group by all

    union all

    select
        'open_interest_labels' as check_name,
        'metrics' as dataset,
        symbol,
        cast(observed_at as date) as trade_date,
        abs(minutes_since - 5) as observed,
        0.0 as expected

    from observations
    where
        not is_live
        and observed_at > timestamp '{{ var("open_interest_label_switch_at") }}'
        and previous_at <= timestamp '{{ var("open_interest_label_switch_at") }}'
        -- Where observations are further apart, nothing can be said about their labels.
        and minutes_since <= 15

    union all

    select
        'funding_interval_changes' as check_name,
        'fundingRate' as dataset,
        symbol,
        cast(funding_at as date) as trade_date,
        cast(count_if(funding_interval_hours <> previous_interval_hours) as double) as observed,
        0.0 as expected

    from payments
    group by all

    union all

    select
        'funding_gap' as check_name,
        'fundingRate' as dataset,
        symbol,
        cast(funding_at as date) as trade_date,
        max(greatest(hours_since - funding_interval_hours, 0)) as observed,
        0.0 as expected

    from payments
    group by all

    union all

    select
        'bracket_age' as check_name,
        'brackets' as dataset,
        symbol,
        trade_date,
        cast(date_diff('day', cast(valid_from as date), trade_date) as double) as observed,
        0.0 as expected

    from brackets_in_force

    union all

    -- Our maintenance amounts make margin continuous where two brackets meet. The published ones should be the same.
    select
        'bracket_continuity' as check_name,
        'brackets' as dataset,
        brackets.symbol,
        cast(brackets.valid_from as date) as trade_date,
        max(abs(brackets.published_maintenance_amount - brackets.maintenance_amount)) as observed,
        0.0 as expected

    from brackets
    inner join symbols
        on brackets.symbol = symbols.symbol
    where brackets.published_maintenance_amount is not null
    group by all

    union all

    select
        'levels_against_open_interest' as check_name,
        'levels' as dataset,
        side_totals.symbol,
        cast(market_window.last_bar_at as date) as trade_date,
        -- An open interest of less than a coin counts as one coin.
        max(
            abs(side_totals.quantity_coins - market_window.open_interest_coins)
            / greatest(market_window.open_interest_coins, 1)
        ) as observed,
        0.0 as expected

    from side_totals
    inner join market_window
        on side_totals.symbol = market_window.symbol
    where market_window.open_interest_coins > 0
    group by all

)

select * from measurements
where observed is not null
