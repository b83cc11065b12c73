with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model

),

arguments_with_symbol as (

    select
        *,
        {{ function('known_venue') }}(asked_venue) as venue_of_file,
        {{ function('traded_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol_of_file

    from asked_arguments

),

arguments as (

    select
        venue_of_file as venue,
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model, of_venue := venue_of_file) as model

    from arguments_with_symbol

)

select zones.*

from {{ ref('liquidation_zones') }} as zones
inner join arguments
    on zones.venue = arguments.venue
    and zones.symbol = arguments.symbol
    and zones.model = arguments.model
-- Zone 0, the levels in no zone, is left out.
where zones.zone_rank > 0
order by zones.side, zones.zone_rank
