with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        cast(from_at as varchar) as asked_from,
        cast(to_at as varchar) as asked_to

),

arguments_with_symbol as (

    select
        *,
        {{ function('known_venue') }}(asked_venue) as venue_of_file,
        {{ function('known_symbol') }}(asked_symbol, of_venue := asked_venue) as symbol_of_file

    from asked_arguments

),

arguments as (

    select
        venue_of_file as venue,
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model, of_venue := venue_of_file) as model,
        coalesce({{ function('utc_time') }}(asked_from), timestamp '-infinity') as from_at,
        {{ function('utc_time_after') }}(asked_from, asked_to) as to_at

    from arguments_with_symbol

)

select history.*

from {{ ref('liquidation_history') }} as history
inner join arguments
    on history.venue = arguments.venue
    and history.symbol = arguments.symbol
    and history.model = arguments.model
    and history.bar_at >= arguments.from_at
    and history.bar_at < arguments.to_at
order by history.bar_at, history.side
