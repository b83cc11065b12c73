-- Named here for sql_functions, because level_bins reads it and its columns have the same meaning:
-- {{ ref('liquidation_levels') }}
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

),

-- A bin counts whole from its near edge on.
reached_bins as (

    select
        bins.as_of,
        bins.venue,
        bins.symbol,
        bins.model,
        bins.side,
        {{ function('near_edge') }}(bins.side, bins.price_low, bins.price_high) as price,
        bins.distance_pct,
        bins.price_low,
        bins.quantity_coins,
        bins.notional_quote,
        bins.expected_quote,
        bins.expected_low_quote,
        bins.expected_high_quote,
        bins.side_share

    from {{ function('level_bins') }}() as bins
    inner join arguments
        on bins.venue = arguments.venue
        and bins.symbol = arguments.symbol
        and bins.model = arguments.model

)

select
    reached_bins.as_of,
    reached_bins.venue,
    reached_bins.symbol,
    reached_bins.model,
    reached_bins.side,
    reached_bins.price,
    reached_bins.distance_pct,
    {{ exact_sum('reached_bins.quantity_coins', over='over outward') }} as quantity_coins,
    {{ exact_sum('reached_bins.notional_quote', over='over outward') }} as notional_quote,
    {{ exact_sum('reached_bins.expected_quote', over='over outward') }} as expected_quote,
    {{ exact_sum('reached_bins.expected_low_quote', over='over outward') }} as expected_low_quote,
    {{ exact_sum('reached_bins.expected_high_quote', over='over outward') }} as expected_high_quote,
    {{ exact_sum('reached_bins.side_share', decimals=15, over='over outward') }} as side_share

from reached_bins
window outward as (partition by reached_bins.side order by abs(reached_bins.distance_pct))
order by reached_bins.price
