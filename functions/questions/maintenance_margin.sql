-- Named here for sql_functions, because brackets_of reads it: {{ ref('margin_tiers') }}
with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(notional as double) as asked_notional,
        cast(as_of as varchar) as asked_as_of

),

arguments as (

    select
        lower(asked_venue) as venue,
        upper(asked_symbol) as symbol,
        {{ function('number_from') }}(asked_notional, 0, 'notional') as notional,
        {{ function('utc_time') }}(asked_as_of) as as_of

    from asked_arguments

),

asked_notional as (

    select
        *,
        {{ function('brackets_of') }}(arguments.symbol, arguments.as_of, of_venue := arguments.venue) as brackets

    from arguments

)

select
    case
        when {{ function('bracketed_symbol') }}(asked_notional.symbol, of_venue := asked_notional.venue) is not null
            and asked_notional.notional >= 0
            then {{ function('maintenance_margin_of') }}(asked_notional.notional, asked_notional.brackets)
    end

from asked_notional
