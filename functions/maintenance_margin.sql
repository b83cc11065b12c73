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

schedule as (

    {{ margin_schedule('arguments') }}

)

select
    case
        when {{ function('bracketed_symbol') }}(arguments.symbol) is not null and arguments.notional >= 0
            then {{ maintenance_margin('arguments.notional', 'schedule.brackets') }}
    end


from schedule
cross join arguments
