with

asked_arguments as (

    select
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model

),

arguments_with_symbol as (

    select
        *,
        {{ function('traded_symbol') }}(asked_symbol) as symbol_of_file

    from asked_arguments

),

arguments as (

    select
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model) as model

    from arguments_with_symbol

)

select zones.*

from {{ ref('liquidation_zones') }} as zones
inner join arguments
    on zones.symbol = arguments.symbol
    and zones.model = arguments.model
-- Zone 0, the levels in no zone, is left out.
where zones.zone_rank > 0
order by zones.side, zones.zone_rank
