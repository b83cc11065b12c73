with

arguments as (

    select
        cast(symbol as varchar) as symbol,
        cast(as_of as timestamp) as as_of

)

select tiers.*

from {{ ref('margin_tiers') }} as tiers
inner join arguments
    on tiers.symbol = arguments.symbol
    and {{ is_in_force('tiers', 'arguments.as_of') }}
order by tiers.tier_number
