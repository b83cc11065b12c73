with

profile as (

    select * from {{ ref('int_market_profile') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- every trade is taken for a position opened by its taker
entries as (

    select
        profile.symbol,
        case profile.taker_side when 'buy' then 'long' else 'short' end as side,
        profile.size_tier,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins,
        profile.position_quote,
        profile.bar_at as opened_at

    from profile
    inner join market_window
        on profile.symbol = market_window.symbol
        and profile.bar_at >= market_window.window_starts_at

),

cohorts as (

    {{ leveraged_cohorts('binance_standard', 'entries', mix='flow') }}

)

select * from cohorts
