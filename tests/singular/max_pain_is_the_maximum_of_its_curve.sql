with

-- The curve of a side: how dense its bins are, quote currency or share of the side per percent of the price.
curves as (

    select
        symbol,
        model,
        side,
        price_low,
        any_value(as_of) as as_of,
        any_value(price_high) as price_high,
        any_value(distance_pct) as distance_pct,
        any_value(cumulative_quote) as cumulative_quote,
        sum(notional_quote) as notional_quote,
        sum(side_share) as side_share,
        sum(quote_per_pct) as quote_per_pct,
        coalesce(sum(notional_quote), sum(side_share))
        * (price_low + any_value(price_high)) / (any_value(price_high) - price_low) as density

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side, price_low

),

curves_with_maximum as (

    select
        *,
        max(density) over (partition by symbol, model, side) as largest_density

    from curves

)

select
    coalesce(max_pain.symbol, curves.symbol) as symbol,
    coalesce(max_pain.model, curves.model) as model,
    coalesce(max_pain.side, curves.side) as side,
    max_pain.price_low,
    max_pain.notional_quote,
    curves.density,
    curves.largest_density

from {{ ref('max_pain') }} as max_pain
full join (select distinct symbol, model, side from curves) as sides
    on max_pain.symbol = sides.symbol
    and max_pain.model = sides.model
    and max_pain.side = sides.side
left join curves_with_maximum as curves
    on max_pain.symbol = curves.symbol
    and max_pain.model = curves.model
    and max_pain.side = curves.side
    and max_pain.price_low = curves.price_low
where
    max_pain.symbol is null
    or curves.symbol is null
    or curves.density < curves.largest_density * (1 - 1e-6)
    or max_pain.as_of <> curves.as_of
    or max_pain.price_high <> curves.price_high
    or max_pain.price <> if(max_pain.side = 'long', curves.price_high, curves.price_low)
    or max_pain.distance_pct <> curves.distance_pct
    or max_pain.cumulative_quote is distinct from curves.cumulative_quote
    or (max_pain.notional_quote is null) <> (curves.notional_quote is null)
    or abs(max_pain.notional_quote - curves.notional_quote) > 1e-9 * curves.notional_quote + 1e-6
    or (max_pain.quote_per_pct is null) <> (curves.quote_per_pct is null)
    or abs(max_pain.quote_per_pct - curves.quote_per_pct) > 1e-6 * curves.quote_per_pct
    or abs(max_pain.side_share - curves.side_share) > 1e-9
    or abs(max_pain.width_pct - 200 * (curves.price_high - curves.price_low) / (curves.price_high + curves.price_low))
    > 1e-6 * max_pain.width_pct
