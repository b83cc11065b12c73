-- Named here for sql_functions, because level_bins reads it and its columns have the same meaning:
-- {{ ref('liquidation_levels') }}
with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        top_n as asked_top_n

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
        {{ function('known_model') }}(symbol_of_file, asked_model, of_venue := venue_of_file) as model,
        cast({{ function('number_from') }}(coalesce(asked_top_n, 0), 1, 'top_n') as bigint) as top_n

    from arguments_with_symbol

),

chosen_walls as (

    select walls.*

    from {{ function('walls') }}(within_pct) as walls
    inner join arguments
        on walls.venue = arguments.venue
        and walls.symbol = arguments.symbol
        and walls.model = arguments.model
        and walls.wall_rank <= arguments.top_n

)

select chosen_walls.*

from chosen_walls
order by chosen_walls.wall_rank, chosen_walls.side
