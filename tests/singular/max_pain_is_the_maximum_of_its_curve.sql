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
        * (price_low + any_value(price_high)) / (any_value(price_high) - price_low) as density,
        -- Notional of a bin is added with eight decimals.
        1e-7 * (price_low + any_value(price_high)) / (any_value(price_high) - price_low) as rounding

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side, price_low

),

sides as (

    select distinct
        symbol,
        model,
        side

    from curves

),

curves_with_maximum as (

    select
        *,
        max(density) over (partition by symbol, model, side) as largest_density

    from curves

)

select
    coalesce(max_pain.symbol, sides.symbol) as symbol,
    coalesce(max_pain.model, sides.model) as model,
    coalesce(max_pain.side, sides.side) as side,
    max_pain.price_low,
    max_pain.notional_quote,
    bins.density,
    bins.largest_density

from {{ ref('max_pain') }} as max_pain
full join sides
    on max_pain.symbol = sides.symbol
    and max_pain.model = sides.model
    and max_pain.side = sides.side
left join curves_with_maximum as bins
    on max_pain.symbol = bins.symbol
    and max_pain.model = bins.model
    and max_pain.side = bins.side
    and max_pain.price_low = bins.price_low
where
    max_pain.symbol is null
    or bins.symbol is null
    or bins.density < bins.largest_density * (1 - 1e-6) - bins.rounding
    or max_pain.as_of <> bins.as_of
    or max_pain.price_high <> bins.price_high
    or max_pain.price <> if(max_pain.side = 'long', bins.price_high, bins.price_low)
    or max_pain.distance_pct <> bins.distance_pct
    or max_pain.cumulative_quote is distinct from bins.cumulative_quote
    or (max_pain.notional_quote is null) <> (bins.notional_quote is null)
    or abs(max_pain.notional_quote - bins.notional_quote) > 1e-9 * bins.notional_quote + 1e-6
    or (max_pain.quote_per_pct is null) <> (bins.quote_per_pct is null)
    or abs(max_pain.quote_per_pct - bins.quote_per_pct) > 1e-6 * bins.quote_per_pct + bins.rounding
    or abs(max_pain.side_share - bins.side_share) > 1e-9
    or abs(max_pain.width_pct - 200 * (bins.price_high - bins.price_low) / (bins.price_high + bins.price_low))
    > 1e-6 * max_pain.width_pct
