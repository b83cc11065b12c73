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

bins as (

    select bins.*

    from {{ function('level_bins') }}() as bins
    inner join arguments
        on bins.venue = arguments.venue
        and bins.symbol = arguments.symbol
        and bins.model = arguments.model

),

ranked_bins as (

    select
        bins.*,
        row_number() over (partition by bins.side order by bins.notional_quote desc, abs(bins.distance_pct)) as side_rank

    from bins

)

select ranked_bins.* exclude (side_rank)

from ranked_bins
cross join arguments
where ranked_bins.side_rank <= arguments.top_n
order by ranked_bins.notional_quote desc, abs(ranked_bins.distance_pct), ranked_bins.side
