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

select heatmap.*

from {{ ref('liquidation_heatmap') }} as heatmap
inner join arguments
    on heatmap.venue = arguments.venue
    and heatmap.symbol = arguments.symbol
    and heatmap.model = arguments.model
    and heatmap.book_at >= arguments.from_at
    and heatmap.book_at < arguments.to_at
order by heatmap.book_at, heatmap.price_low, heatmap.leverage_group
