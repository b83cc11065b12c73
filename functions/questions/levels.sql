-- through level_bins it reads {{ ref('liquidation_levels') }}, which says what its columns mean
with

given as (

    select
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        top_n as asked_top_n

),

named as (

    select
        *,
        {{ function('traded_symbol') }}(asked_symbol) as symbol_of_file

    from given

),

arguments as (

    select
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model) as model,
        cast({{ function('number_from') }}(coalesce(asked_top_n, 0), 1, 'top_n') as bigint) as top_n

    from named

),

bins as (

    select bins.*

    from {{ function('level_bins') }}() as bins
    inner join arguments
        on bins.symbol = arguments.symbol
        and bins.model = arguments.model

),

ranked as (

    select
        bins.*,
        row_number() over (partition by bins.side order by bins.notional_quote desc, abs(bins.distance_pct)) as side_rank

    from bins

)

select ranked.* exclude (side_rank)

from ranked
cross join arguments
where ranked.side_rank <= arguments.top_n
order by ranked.notional_quote desc, abs(ranked.distance_pct), ranked.side
