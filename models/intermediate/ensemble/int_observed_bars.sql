with

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- How far the price moved against each side in a bar, from the close before, and the open interest at that time.
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
        and flows.bar_at >= market_window.history_starts_at
    inner join flows as before
        on flows.symbol = before.symbol
        and flows.previous_bar_at = before.bar_at
    inner join survival
        on before.symbol = survival.symbol
        and before.bar_at = survival.bar_at
    cross join (values ('long'), ('short')) as sides (side)
    where before.open_interest_coins is not null

),

-- An observation counts only where bars cover its every minute and none of them ends after it.
observed_bars as (

    select
        moves.*,
        realised.source,
        realised.realised_quote,
        realised.starts_at,
        realised.ends_at

    from realised
    inner join moves
        on realised.symbol = moves.symbol
        and realised.side = moves.side
        and realised.starts_at <= moves.bar_at
        and realised.ends_at > moves.bar_at
    window by_observation as (partition by realised.symbol, realised.source, realised.side, realised.starts_at)
    qualify
        sum(date_diff('minute', moves.bar_at, moves.bar_ends_at)) over by_observation
        = date_diff('minute', realised.starts_at, realised.ends_at)
        and max(moves.bar_ends_at) over by_observation <= realised.ends_at

)

select * from observed_bars
