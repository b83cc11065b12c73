-- Named here for sql_functions, because level_bins reads it and its columns have the same meaning:
-- {{ ref('liquidation_levels') }}
with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(to_price as double) as asked_price,
        cast(model as varchar) as asked_model

),

arguments_with_symbol as (

    select
        *,
        {{ function('known_venue') }}(asked_venue) as venue_of_file,
        {{ function('traded_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol_of_file

    from asked_arguments

),

arguments as (

    select
        venue_of_file,
        symbol_of_file,
        {{ function('known_model') }}(symbol_of_file, asked_model, of_venue := venue_of_file) as model_of_file,
        {{ function('number_from') }}(coalesce(asked_price, 0), 1e-12, 'to_price') as end_price

    from arguments_with_symbol

),

moves as (

    select
        symbols.as_of,
        symbols.venue,
        symbols.symbol,
        arguments.model_of_file,
        case when arguments.end_price < symbols.mark_price then 'long' else 'short' end as swept_side,
        symbols.mark_price,
        arguments.end_price,
        {{ function('distance_pct') }}(arguments.end_price, symbols.mark_price) as move_pct,
        -- The amount of a move that reaches no bin: 0, and null where no amounts are known.
        case when symbols.open_interest_coins is not null then 0 end as least_amount

    from {{ ref('symbols') }} as symbols
    inner join arguments
        on symbols.venue = arguments.venue_of_file
        and symbols.symbol = arguments.symbol_of_file

)

-- The curve only grows, so its highest point reached is the last.
select
    moves.as_of,
    moves.venue,
    moves.symbol,
    moves.model_of_file as model,
    moves.swept_side as side,
    moves.mark_price,
    moves.end_price as to_price,
    moves.move_pct,
    coalesce(max(curve.quantity_coins), moves.least_amount) as quantity_coins,
    coalesce(max(curve.notional_quote), moves.least_amount) as notional_quote,
    coalesce(max(curve.expected_quote), moves.least_amount) as expected_quote,
    coalesce(max(curve.expected_low_quote), moves.least_amount) as expected_low_quote,
    coalesce(max(curve.expected_high_quote), moves.least_amount) as expected_high_quote,
    max(curve.chance) as chance,
    coalesce(max(curve.side_share), 0) as side_share

from moves
left join {{ function('at_risk_curve') }}(symbol, model := model, venue := venue, more_than := more_than) as curve
    on moves.swept_side = curve.side
    and {{ function('is_reached') }}(curve.side, curve.distance_pct, abs(moves.move_pct))
group by
    moves.as_of, moves.venue, moves.symbol, moves.model_of_file, moves.swept_side, moves.mark_price, moves.end_price,
    moves.move_pct, moves.least_amount
