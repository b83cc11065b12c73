with

profile as (

    select * from {{ ref('int_market_profile') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- positions are looked for where trading went along with rising open interest; every contract has a long and a short,
-- so both sides get all of it
entries as (

    select
        profile.symbol,
        sides.side,
        'stock' as mix,
        profile.size_class,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins,
        profile.position_quote,
        profile.bar_at as opened_at,
        flows.settled_at as known_at

    from profile
    inner join flows
        on profile.symbol = flows.symbol
        and profile.bar_at = flows.bar_at
    cross join (values ('long'), ('short')) as sides (side)
    where flows.is_rising and not flows.is_stock

),

cohorts as (

    {{ leveraged_cohorts('open_interest', 'entries') }}

)

select * from cohorts
