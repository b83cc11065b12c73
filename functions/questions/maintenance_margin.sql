-- through brackets_of it reads {{ ref('margin_tiers') }}, which says what its columns mean
with

given as (

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

    from given

),

with_brackets as (

    select
        *,
        {{ function('brackets_of') }}(arguments.symbol, arguments.as_of) as brackets

    from arguments

)

select
    case
        when {{ function('bracketed_symbol') }}(with_brackets.symbol) is not null and with_brackets.notional >= 0
            then {{ function('maintenance_margin_of') }}(with_brackets.notional, with_brackets.brackets)
    end

from with_brackets
