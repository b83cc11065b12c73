with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(as_of as varchar) as asked_as_of

),

arguments as (

    select
        {{ function('known_venue') }}(asked_venue) as venue,
        {{ function('bracketed_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol,
        {{ function('utc_time') }}(asked_as_of) as as_of

    from asked_arguments

)

select tiers.*

from {{ ref('margin_tiers') }} as tiers
inner join arguments
    on tiers.venue = arguments.venue
    and tiers.symbol = arguments.symbol
    and {{ function('is_in_force') }}(tiers.valid_from, tiers.valid_to, arguments.as_of)
order by tiers.tier_number
