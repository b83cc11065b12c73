with

walls as (

    select * from {{ function('walls') }}(null)

),

-- The densest bin of a side at whatever distance, at the edge that the price reaches first.
densest_bins as (

    select
        as_of,
        venue,
        symbol,
        model,
        side,
        {{ function('near_edge') }}(side, price_low, price_high) as price,
        cumulative_quote,
        distance_pct,
        notional_quote,
        price_low,
        price_high,
        width_pct,
        quote_per_pct,
        side_share

    from walls
    where wall_rank = 1

)

select * from densest_bins
