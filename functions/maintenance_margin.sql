with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(notional as double) as notional,
        cast(as_of as timestamp) as as_of

),

schedule as (

    {{ margin_schedule('arguments') }}

)

select case when arguments.notional >= 0 then {{ maintenance_margin('arguments.notional', 'schedule.brackets') }} end

from schedule
cross join arguments
