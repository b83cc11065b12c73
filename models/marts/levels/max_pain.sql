with

bins as (

    select * from {{ function('level_bins') }}()

),

-- The largest bin of a side, at the edge that the price reaches first.
largest_bins as (

    select
        as_of,
        venue,
        symbol,
        model,
        side,
        case side when 'long' then price_high else price_low end as price,
        cumulative_quote,
        distance_pct,
        notional_quote

    from bins
    qualify row_number() over (
        partition by venue, symbol, model, side order by notional_quote desc, abs(distance_pct)
    ) = 1

)

select * from largest_bins
