with

last_bars as (

    select
        bars.symbol,
        min(bars.bar_at) as first_bar_at,
        max(bars.bar_at) as last_bar_at,
        max(bars.bar_ends_at) as as_of,
        arg_max(bars.mark_close, bars.bar_at) as mark_price,
        arg_max(bars.is_mark_price_traded, bars.bar_at) as is_mark_price_traded,
        max(bars.bar_ends_at) filter (where bars.volume_coins > 0) as traded_until

    from {{ ref('int_bars') }} as bars
    group by bars.symbol

),

sources_of_windows as (

    select
        bars.symbol,
        string_agg(distinct bars.source, '+' order by bars.source) as sources

    from {{ ref('int_bars') }} as bars
    inner join last_bars
        on bars.symbol = last_bars.symbol
        and bars.bar_at >= last_bars.as_of - {{ var('lookback_days') }} * interval '1 day'
    group by bars.symbol

),

traded_bins as (

    select
        symbol,
        count(distinct price_low) as bins

    from {{ ref('volume_profile_daily') }}
    group by symbol

),

first_brackets as (

    select
        symbol,
        min(valid_from) as known_from

    from {{ ref('margin_tiers') }}
    group by symbol

),

last_contracts as (

    select
        symbol,
        nullif(starts_at, '-infinity') as contract_starts_at,
        is_trading

    from {{ ref('int_contracts') }}
    where is_last

),

observations as (

    select
        last_bars.symbol,
        max(open_interest.observed_at) as open_interest_observed_at,
        arg_max(open_interest.open_interest_coins, open_interest.observed_at) as open_interest_coins

    from last_bars
    inner join last_contracts
        on last_bars.symbol = last_contracts.symbol
    inner join {{ ref('stg_binance__open_interest') }} as open_interest
        on last_bars.symbol = open_interest.symbol
        and last_bars.as_of >= open_interest.observed_at
        and open_interest.observed_at > coalesce(last_contracts.contract_starts_at, '-infinity')
    group by last_bars.symbol

),

payments as (

    select
        last_bars.symbol,
        max(rates.funding_at) as funding_paid_at

    from last_bars
    inner join {{ ref('stg_binance__funding_rates') }} as rates
        on last_bars.symbol = rates.symbol
        and last_bars.as_of >= rates.funding_at
    where rates.funding_interval_hours > 0
    group by last_bars.symbol

),

stale_after as (

    select
        dataset,
        to_seconds(3600 * hours) as age

    from {{ ref('stale_after') }}

),

recomputed_symbols as (

    select
        last_bars.*,
        last_bars.as_of - {{ var('lookback_days') }} * interval '1 day' as window_starts_at,
        sources_of_windows.sources,
        traded_bins.bins,
        last_contracts.contract_starts_at,
        last_contracts.is_trading,
        observations.open_interest_observed_at,
        observations.open_interest_coins,
        observations.open_interest_coins * last_bars.mark_price as open_interest_quote,
        date_diff('second', observations.open_interest_observed_at, last_bars.as_of) / 3600.0
            as open_interest_age_hours,
        last_bars.symbol like 'SIMULATED%' as is_simulated,
        payments.funding_paid_at,
        last_bars.as_of + age_of_bars.age as bars_stale_at,
        observations.open_interest_observed_at + age_of_open_interest.age as open_interest_stale_at,
        payments.funding_paid_at + age_of_funding.age as funding_stale_at,
        coalesce(first_brackets.known_from <= last_bars.last_bar_at, false) as has_margin_brackets

    from last_bars
    left join sources_of_windows
        on last_bars.symbol = sources_of_windows.symbol
    left join traded_bins
        on last_bars.symbol = traded_bins.symbol
    left join last_contracts
        on last_bars.symbol = last_contracts.symbol
    left join observations
        on last_bars.symbol = observations.symbol
    left join first_brackets
        on last_bars.symbol = first_brackets.symbol
    left join payments
        on last_bars.symbol = payments.symbol
    left join stale_after as age_of_bars
        on age_of_bars.dataset = 'bars'
    left join stale_after as age_of_open_interest
        on age_of_open_interest.dataset = 'open_interest'
    left join stale_after as age_of_funding
        on age_of_funding.dataset = 'funding'

)

{{ rows_that_differ(
    ref('symbols'), 'recomputed_symbols', ['symbol'],
    numbers=['mark_price', 'open_interest_coins', 'open_interest_quote', 'open_interest_age_hours'],
    others=[
        'first_bar_at', 'last_bar_at', 'as_of', 'window_starts_at', 'sources', 'bins', 'is_mark_price_traded', 'is_simulated',
        'has_margin_brackets', 'is_trading', 'traded_until', 'contract_starts_at', 'open_interest_observed_at',
        'bars_stale_at', 'open_interest_stale_at', 'funding_paid_at', 'funding_stale_at'
    ]
) }}
