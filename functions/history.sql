with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(model as varchar) as model,
        coalesce(cast(from_at as timestamp), timestamp '-infinity') as from_at,
        coalesce(cast(to_at as timestamp), timestamp 'infinity') as to_at

)

select history.*

from {{ ref('liquidation_history') }} as history
inner join arguments
    on history.symbol = arguments.symbol
    and history.model = arguments.model
    and history.bar_at >= arguments.from_at
    and history.bar_at < arguments.to_at
order by history.bar_at, history.side
