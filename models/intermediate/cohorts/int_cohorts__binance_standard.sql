with

profile as (

    select * from {{ ref('int_market_profile') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- every trade is taken for a position opened by its taker
entries as (

    select
        profile.symbol,
        case profile.taker_side when 'buy' then 'long' else 'short' end as side,
        'aggressor' as mix,
        profile.size_class,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins,
        profile.position_quote,
        profile.bar_at as opened_at,
        profile.bar_at as known_at

    from profile
    inner join flows
        on profile.symbol = flows.symbol
        and profile.bar_at = flows.bar_at

),

cohorts as (

    {{ leveraged_cohorts('binance_standard', 'entries') }}

)

select * from cohorts
