with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(model as varchar) as model

)

select zones.*

from {{ ref('liquidation_zones') }} as zones
inner join arguments
    on zones.symbol = arguments.symbol
    and zones.model = arguments.model
-- what is in no zone has no place
where zones.zone_rank > 0
order by zones.side, zones.zone_rank
