-- Named here for sql_functions, because brackets_of reads it: {{ ref('margin_tiers') }}
with

asked_arguments as (

    select
        cast(symbol as varchar) as asked_symbol,
        cast(notional as double) as asked_notional,
        cast(as_of as varchar) as asked_as_of

),

arguments as (

    select
        upper(asked_symbol) as symbol,
        {{ function('number_from') }}(asked_notional, 0, 'notional') as notional,
        {{ function('utc_time') }}(asked_as_of) as as_of

    from asked_arguments

),

arguments_with_brackets as (

    select
        *,
        {{ function('brackets_of') }}(arguments.symbol, arguments.as_of) as brackets

    from arguments

)

select
    case
        when {{ function('bracketed_symbol') }}(arguments_with_brackets.symbol) is not null and arguments_with_brackets.notional >= 0
            then {{ function('maintenance_margin_of') }}(arguments_with_brackets.notional, arguments_with_brackets.brackets)
    end

from arguments_with_brackets
