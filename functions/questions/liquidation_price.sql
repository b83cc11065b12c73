-- Named here for sql_functions, because brackets_of reads it: {{ ref('margin_tiers') }}
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
        lower(asked_venue) as venue,
        upper(asked_symbol) as symbol,
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

)

select
    case
        when {{ function('bracketed_symbol') }}(asked_position.symbol, of_venue := asked_position.venue) is not null
            then {{ function('position_liquidation_price') }}(
                asked_position.side, asked_position.entry_price, asked_position.leverage, asked_position.notional,
                asked_position.brackets
            )
    end

from asked_position
