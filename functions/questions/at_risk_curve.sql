-- Named here for sql_functions, because level_bins reads it and its columns have the same meaning:
-- {{ ref('liquidation_levels') }}
with

asked_arguments as (

    select
        cast(venue as varchar) as asked_venue,
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        cast(more_than as double) as asked_amount

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
        {{ function('number_from') }}(asked_amount, 0, 'more_than') as least_amount

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

),

reached_so_far as (

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
        least(
            {{ exact_sum('reached_bins.expected_high_quote', over='over outward') }},
            {{ exact_sum('reached_bins.notional_quote', over='over outward') }}
        ) as expected_high_quote,
        {{ exact_sum('reached_bins.side_share', decimals=15, over='over outward') }} as side_share

    from reached_bins
    window outward as (partition by reached_bins.side order by abs(reached_bins.distance_pct))

),

-- Of past forecasts of that size, those of which so much more came.
chances as (

    select
        reached_so_far.price,
        avg(case
            when reached_so_far.expected_quote * ratios.ratio > arguments.least_amount then 1.0 else 0.0
        end) as chance

    from reached_so_far
    cross join arguments
    inner join {{ ref('forecast_ratios') }} as ratios
        on reached_so_far.venue = ratios.venue
        and reached_so_far.symbol = ratios.symbol
        and reached_so_far.model = ratios.model
        and reached_so_far.expected_quote >= ratios.from_quote
        and reached_so_far.expected_quote < ratios.until_quote
    group by reached_so_far.price

)

select
    reached_so_far.as_of,
    reached_so_far.venue,
    reached_so_far.symbol,
    reached_so_far.model,
    reached_so_far.side,
    reached_so_far.price,
    reached_so_far.distance_pct,
    reached_so_far.quantity_coins,
    reached_so_far.notional_quote,
    reached_so_far.expected_quote,
    reached_so_far.expected_low_quote,
    reached_so_far.expected_high_quote,
    chances.chance,
    reached_so_far.side_share

from reached_so_far
left join chances
    on reached_so_far.price = chances.price
order by reached_so_far.price
