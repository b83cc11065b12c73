with

profile as (

    select * from {{ ref('int_market_profile') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- what the turnover opened is known at once; what raised open interest, with the observation that says so
openings as (

    select
        symbol,
        false as is_stock,
        turnover_coins + case when settled_at = bar_at and not is_stock then settled_coins else 0 end as opened_coins,
        volume_coins,
        bar_at,
        bar_at as known_at

    from flows
    where open_interest_coins is not null

    union all

    select
        symbol,
        is_stock,
        settled_coins as opened_coins,
        volume_coins,
        bar_at,
        settled_at as known_at

    from flows
    where is_stock or settled_at > bar_at

),

-- in every trade one side is the taker's and the other the maker's
entries as (

    select
        profile.symbol,
        sides.side,
        case
            when openings.is_stock then 'stock'
            when profile.taker_side = sides.taker_side then 'aggressor'
            else 'passive'
        end as mix,
        profile.size_class,
        profile.notional_quote / profile.quantity_coins as entry_price,
        openings.opened_coins * profile.quantity_coins / openings.volume_coins as quantity_coins,
        profile.position_quote,
        openings.bar_at as opened_at,
        openings.known_at

    from openings
    inner join profile
        on openings.symbol = profile.symbol
        and openings.bar_at = profile.bar_at
    cross join (values ('long', 'buy'), ('short', 'sell')) as sides (side, taker_side)
    where openings.opened_coins > 0 and openings.volume_coins > 0

)

select * from entries
