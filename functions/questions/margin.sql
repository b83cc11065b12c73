-- Named here for sql_functions, because brackets_of reads it and its columns have the same meaning:
-- {{ ref('margin_tiers') }}
with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(side as varchar) as asked_side,
        cast(entry_price as double) as asked_entry_price,
        cast(leverage as double) as asked_leverage,
        cast(notional as double) as asked_notional,
        cast(as_of as varchar) as asked_as_of

),

arguments as (

    select
        {{ function('known_venue') }}(asked_venue) as venue,
        {{ function('bracketed_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol,
        {{ function('position_side') }}(asked_side) as side,
        {{ function('number_from') }}(asked_entry_price, 1e-12, 'entry_price') as entry_price,
        {{ function('number_from') }}(asked_leverage, 1, 'leverage') as leverage,
        {{ function('number_from') }}(asked_notional, 0, 'notional') as notional,
        {{ function('utc_time') }}(asked_as_of) as as_of

    from asked_arguments

),

asked_position as (

    select
        *,
        {{ function('brackets_of') }}(arguments.symbol, arguments.as_of, of_venue := arguments.venue) as brackets

    from arguments

),

positions as (

    select
        *,
        asked_position.notional / nullif(asked_position.entry_price, 0) as quantity_coins,
        {{ function('max_leverage') }}(asked_position.notional, asked_position.brackets) as max_leverage,
        {{ function('position_liquidation_price') }}(
            asked_position.side, asked_position.entry_price, asked_position.leverage, asked_position.notional,
            asked_position.brackets
        ) as liquidation_price

    from asked_position

)

select
    positions.venue,
    positions.symbol,
    positions.side,
    positions.entry_price,
    positions.leverage,
    positions.notional as notional_quote,
    positions.quantity_coins,
    positions.max_leverage,
    positions.notional / positions.leverage as initial_margin_quote,
    {{ function('maintenance_margin_of') }}(positions.notional, positions.brackets) as maintenance_margin_quote,
    positions.liquidation_price,
    100 * (positions.liquidation_price / positions.entry_price - 1) as distance_pct,
    {{ function('maintenance_margin_of') }}(positions.quantity_coins * positions.liquidation_price, positions.brackets)
        as liquidation_margin_quote,
    {{ function('bankruptcy_price') }}(positions.side, positions.entry_price, positions.leverage) as bankruptcy_price

from positions
-- A position that the exchange would not open has no row.
where positions.liquidation_price is not null
