with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(side as varchar) as side,
        cast(entry_price as double) as entry_price,
        cast(leverage as double) as leverage,
        cast(notional as double) as notional,
        cast(as_of as timestamp) as as_of

),

schedule as (

    {{ margin_schedule('arguments') }}

)

select {{ position_liquidation_price('arguments', 'schedule.brackets') }}

from schedule
cross join arguments
