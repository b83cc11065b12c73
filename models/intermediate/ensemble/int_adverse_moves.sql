with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- How far the price moved against each side in a bar, from the close before, and the open interest at that time. As far
-- back as the book is kept, because what a day has learned is of the weeks before it.
moves as (

    select
        flows.symbol,
        sides.side,
        before.mark_close as price_before,
        case sides.side when 'long' then flows.path_low else flows.path_high end as adverse_price,
        case sides.side
            when 'long' then 1 - flows.path_low / before.mark_close
            else flows.path_high / before.mark_close - 1
        end as adverse_move,
        flows.path_low,
        flows.path_high,
        before.open_interest_coins * before.mark_close as open_interest_quote,
        survival.stock_share > power(0.5, {{ var('burn_in_half_lives') }}) as is_burn_in,
        flows.bar_at,
        flows.bar_ends_at

    from flows
    inner join market_window
        on flows.symbol = market_window.symbol
        and flows.trade_date >= cast(market_window.last_bar_at as date) - {{ var('book_days') }}
    inner join flows as before
        on flows.symbol = before.symbol
        and flows.previous_bar_at = before.bar_at
    inner join survival
        on before.symbol = survival.symbol
        and before.bar_at = survival.bar_at
    cross join (values ('long'), ('short')) as sides (side)
    where before.open_interest_coins is not null

)

select * from moves
