with

market_window as (

    select * from {{ ref('int_market_window') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

profile as (

    select * from {{ ref('volume_profile_daily') }}

),

schedules as (

    select * from {{ ref('int_margin_schedules') }}

),

funding_bias as (

    select * from {{ ref('int_funding_bias') }}

),

stale_after as (

    select * from {{ ref('stale_after') }}

),

-- One row: the hours after which each dataset is stale.
stale_hours as (

    select
        max(hours) filter (where dataset = 'bars') as bar_hours,
        max(hours) filter (where dataset = 'open_interest') as open_interest_hours,
        max(hours) filter (where dataset = 'funding') as funding_hours

    from stale_after

),

last_payments as (

    select
        funding_bias.symbol,
        max(funding_bias.funding_at) as funding_paid_at

    from funding_bias
    inner join market_window
        on funding_bias.symbol = market_window.symbol
        and funding_bias.funding_at <= market_window.as_of
    group by funding_bias.symbol

),

symbol_sources as (

    select
        bars.symbol,
        string_agg(distinct bars.source, '+' order by bars.source) as sources

    from bars
    inner join market_window
        on bars.symbol = market_window.symbol
        and bars.bar_at >= market_window.window_starts_at
    group by bars.symbol

),

bin_counts as (

    select
        symbol,
        count(distinct price_low) as bins

    from profile
    group by symbol

),

-- Symbols whose brackets were known at their last bar. A version first seen after it was not.
bracketed_symbols as (

    select distinct market_window.symbol

    from market_window
    inner join schedules
        on market_window.symbol = schedules.symbol
        and market_window.last_bar_at >= schedules.valid_from

),

symbols as (

    select
        {{ venue() }} as venue,
        market_window.symbol,
        market_window.first_bar_at,
        market_window.last_bar_at,
        market_window.mark_price,
        market_window.open_interest_coins,
        market_window.open_interest_quote,
        symbol_sources.sources,
        bin_counts.bins,
        market_window.as_of,
        market_window.window_starts_at,
        market_window.is_mark_price_traded,
        market_window.open_interest_observed_at,
        -- All symbols of the simulator begin with SIMULATED, and no exchange lists such a name.
        starts_with(market_window.symbol, 'SIMULATED') as is_simulated,
        bracketed_symbols.symbol is not null as has_margin_brackets,
        market_window.is_trading,
        market_window.traded_until,
        market_window.contract_starts_at,
        date_diff('second', market_window.open_interest_observed_at, market_window.as_of) / 3600.0
            as open_interest_age_hours,
        market_window.as_of + to_hours(cast(stale_hours.bar_hours as bigint)) as bars_stale_at,
        market_window.open_interest_observed_at + to_hours(cast(stale_hours.open_interest_hours as bigint))
            as open_interest_stale_at,
        last_payments.funding_paid_at,
        last_payments.funding_paid_at + to_hours(cast(stale_hours.funding_hours as bigint)) as funding_stale_at

    from market_window
    cross join stale_hours
    left join last_payments
        on market_window.symbol = last_payments.symbol
    left join symbol_sources
        on market_window.symbol = symbol_sources.symbol
    left join bin_counts
        on market_window.symbol = bin_counts.symbol
    left join bracketed_symbols
        on market_window.symbol = bracketed_symbols.symbol

)

select * from symbols
