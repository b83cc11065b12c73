with

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

moves as (

    select * from {{ ref('int_adverse_moves') }}

),

-- The hours that each observation has a part of, because its bars are found fastest by their hour.
hours_of_observations as (

    select
        symbol,
        source,
        side,
        realised_quote,
        unnest(generate_series(
            date_trunc('hour', starts_at), ends_at - interval '1 microsecond', interval '1 hour'
        )) as hour_at,
        starts_at,
        ends_at

    from realised

),

-- An observation counts only where bars cover its every minute and none of them ends after it.
observed_bars as (

    select
        moves.symbol,
        realised.source,
        moves.side,
        moves.price_before,
        moves.adverse_price,
        moves.adverse_move,
        moves.path_low,
        moves.path_high,
        moves.open_interest_quote,
        moves.is_burn_in,
        moves.bar_at,
        moves.bar_ends_at,
        realised.realised_quote,
        realised.starts_at,
        realised.ends_at

    from hours_of_observations as realised
    inner join moves
        on realised.symbol = moves.symbol
        and realised.side = moves.side
        and realised.hour_at = date_trunc('hour', moves.bar_at)
        and realised.starts_at <= moves.bar_at
        and realised.ends_at > moves.bar_at
    window by_observation as (partition by realised.symbol, realised.source, realised.side, realised.starts_at)
    qualify
        sum(date_diff('minute', moves.bar_at, moves.bar_ends_at)) over by_observation
        = date_diff('minute', realised.starts_at, realised.ends_at)
        and max(moves.bar_ends_at) over by_observation <= realised.ends_at

)

select * from observed_bars
