{{ config(materialized='view') }}

with

profile as (

    select * from {{ ref('int_market_profile') }}

),

-- The bars of the batch, and those whose rise is confirmed in it.
flows as (

    select flows.*

    from {{ ref('int_bar_flows') }} as flows
    semi join {{ ref('int_days_in_batch') }} as batch
        on flows.symbol = batch.symbol
        and (flows.trade_date = batch.trade_date or cast(flows.confirmed_at as date) = batch.trade_date)

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

-- Every trade opens a position of its taker.
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

-- Every large trade opens a position of its taker. Bars do not tell large trades from small ones, so only trades count.
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

-- What is traded while open interest rises opens positions: longs and shorts alike, as a contract has one of each.
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

-- The turnover of a bar is known at its end. Its part of a rise of open interest is known with the observation that
-- confirms the rise.
openings as (

    select
        symbol,
        false as is_stock,
        turnover_coins
        + case when confirmed_at = bar_at and not is_stock then confirmed_coins else 0 end as opened_coins,
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

-- Every opening has two sides: the taker's, whose mix is aggressor, and the maker's, whose mix is passive.
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

-- As position_lifecycle, with leverages tilted by the last funding rate paid before the position was opened.
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
