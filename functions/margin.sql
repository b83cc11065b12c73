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

schedule as (

    {{ margin_schedule('arguments') }}

),

position as (

    select
        arguments.*,
        schedule.brackets,
        arguments.notional / nullif(arguments.entry_price, 0) as quantity_coins,
        {{ max_leverage('arguments.notional', 'schedule.brackets') }} as max_leverage,
        {{ position_liquidation_price('arguments', 'schedule.brackets') }} as liquidation_price

    from schedule
    cross join arguments

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
    {{ maintenance_margin('position.notional', 'position.brackets') }} as maintenance_margin_quote,
    position.liquidation_price,
    100 * (position.liquidation_price / position.entry_price - 1) as distance_pct,
    {{ maintenance_margin('(position.quantity_coins * position.liquidation_price)', 'position.brackets') }}
        as liquidation_margin_quote,
    {{ bankruptcy_price('position.side', 'position.entry_price', 'position.leverage') }} as bankruptcy_price

from position
-- what the exchange would not open is no position
where position.liquidation_price is not null
