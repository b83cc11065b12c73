{{ config(materialized='view') }}

with

profile as (

    select * from {{ ref('int_market_profile') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

funding as (

    select * from {{ ref('int_funding_bias') }}

),

cells as (

    select
        profile.symbol,
        profile.source,
        case profile.taker_side when 'buy' then 'long' else 'short' end as side_of_taker,
        profile.size_class,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins,
        profile.position_quote,
        flows.is_rising,
        flows.is_stock,
        profile.bar_at,
        flows.confirmed_at

    from profile
    inner join flows
        on profile.symbol = flows.symbol
        and profile.bar_at = flows.bar_at

),

-- every trade opens a position of its taker
binance_standard as (

    select
        'binance_standard' as model,
        symbol,
        side_of_taker as side,
        'aggressor' as mix,
        size_class,
        entry_price,
        quantity_coins,
        position_quote,
        bar_at as opened_at,
        bar_at as known_at

    from cells

),

-- every large trade opens a position of its taker; bars do not tell large trades from small ones
py_liquidation_map as (

    select
        'py_liquidation_map' as model,
        symbol,
        side_of_taker as side,
        'baseline' as mix,
        size_class,
        entry_price,
        quantity_coins,
        position_quote,
        bar_at as opened_at,
        bar_at as known_at

    from cells
    where source = 'trades' and size_class > {{ size_class_of_edge(var('large_trade_quote')) }}

),

-- trading opens positions where it goes along with rising open interest: as many longs as shorts, because every
-- contract has one of each
open_interest as (

    select
        'open_interest' as model,
        cells.symbol,
        sides.side,
        'stock' as mix,
        cells.size_class,
        cells.entry_price,
        cells.quantity_coins,
        cells.position_quote,
        cells.bar_at as opened_at,
        cells.confirmed_at as known_at

    from cells
    cross join (values ('long'), ('short')) as sides (side)
    where cells.is_rising and not cells.is_stock

),

-- what the turnover of a bar opened is known at its end; what raised open interest, with the observation that says so
openings as (

    select
        symbol,
        false as is_stock,
        turnover_coins + case when confirmed_at = bar_at and not is_stock then confirmed_coins else 0 end as opened_coins,
        volume_coins,
        bar_at,
        bar_at as known_at

    from flows
    where open_interest_coins is not null

    union all

    select
        symbol,
        is_stock,
        confirmed_coins as opened_coins,
        volume_coins,
        bar_at,
        confirmed_at as known_at

    from flows
    where is_stock or confirmed_at > bar_at

),

-- one side of every trade is the taker's and the other the maker's
position_lifecycle as (

    select
        'position_lifecycle' as model,
        cells.symbol,
        sides.side,
        case
            when openings.is_stock then 'stock'
            when cells.side_of_taker = sides.side then 'aggressor'
            else 'passive'
        end as mix,
        cells.size_class,
        cells.entry_price,
        openings.opened_coins * cells.quantity_coins / openings.volume_coins as quantity_coins,
        cells.position_quote,
        openings.bar_at as opened_at,
        openings.known_at

    from openings
    inner join cells
        on openings.symbol = cells.symbol
        and openings.bar_at = cells.bar_at
    cross join (values ('long'), ('short')) as sides (side)
    where openings.opened_coins > 0 and openings.volume_coins > 0

),

-- the same, with the leverages tilted by the last funding rate paid when the position was opened
funding_adjusted as (

    select
        position_lifecycle.* replace ('funding_adjusted' as model),
        funding.funding_at as tilted_at

    from position_lifecycle
    asof left join funding
        on position_lifecycle.symbol = funding.symbol
        and position_lifecycle.opened_at >= funding.funding_at

),

entries as (

    select * from binance_standard
    union all by name
    select * from py_liquidation_map
    union all by name
    select * from open_interest
    union all by name
    select * from position_lifecycle
    union all by name
    select * from funding_adjusted

)

select
    model,
    symbol,
    side,
    mix,
    size_class,
    entry_price,
    quantity_coins,
    position_quote,
    opened_at,
    known_at,
    tilted_at

from entries
