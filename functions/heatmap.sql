with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(model as varchar) as model,
        coalesce(cast(from_at as timestamp), timestamp '-infinity') as from_at,
        coalesce(cast(to_at as timestamp), timestamp 'infinity') as to_at

)

select heatmap.*

from {{ ref('liquidation_heatmap') }} as heatmap
inner join arguments
    on heatmap.symbol = arguments.symbol
    and heatmap.model = arguments.model
    and heatmap.bar_at >= arguments.from_at
    and heatmap.bar_at < arguments.to_at
order by heatmap.bar_at, heatmap.price_low, heatmap.leverage_group
