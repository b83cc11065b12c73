-- through brackets_of it reads {{ ref('margin_tiers') }}, which says what its columns mean
with

given as (

    select
        cast(symbol as varchar) as asked_symbol,
        cast(side as varchar) as asked_side,
        cast(entry_price as double) as asked_entry_price,
        cast(leverage as double) as asked_leverage,
        cast(notional as double) as asked_notional,
        cast(as_of as varchar) as asked_as_of

),

arguments as (

    select
        {{ function('bracketed_symbol') }}(asked_symbol) as symbol,
        {{ function('position_side') }}(asked_side) as side,
        {{ function('number_from') }}(asked_entry_price, 1e-12, 'entry_price') as entry_price,
        {{ function('number_from') }}(asked_leverage, 1, 'leverage') as leverage,
        {{ function('number_from') }}(asked_notional, 0, 'notional') as notional,
        {{ function('utc_time') }}(asked_as_of) as as_of

    from given

),

with_brackets as (

    select
        *,
        {{ function('brackets_of') }}(arguments.symbol, arguments.as_of) as brackets

    from arguments

),

position as (

    select
        *,
        with_brackets.notional / nullif(with_brackets.entry_price, 0) as quantity_coins,
        {{ function('max_leverage') }}(with_brackets.notional, with_brackets.brackets) as max_leverage,
        {{ function('position_liquidation_price') }}(
            with_brackets.side, with_brackets.entry_price, with_brackets.leverage, with_brackets.notional, with_brackets.brackets
        ) as liquidation_price

    from with_brackets

)

select
    position.symbol,
    position.side,
    position.entry_price,
    position.leverage,
    position.notional as notional_quote,
    position.quantity_coins,
    position.max_leverage,
    position.notional / position.leverage as initial_margin_quote,
    {{ function('maintenance_margin_of') }}(position.notional, position.brackets) as maintenance_margin_quote,
    position.liquidation_price,
    100 * (position.liquidation_price / position.entry_price - 1) as distance_pct,
    {{ function('maintenance_margin_of') }}(position.quantity_coins * position.liquidation_price, position.brackets)
        as liquidation_margin_quote,
    {{ function('bankruptcy_price') }}(position.side, position.entry_price, position.leverage) as bankruptcy_price

from position
-- what the exchange would not open is no position
where position.liquidation_price is not null
