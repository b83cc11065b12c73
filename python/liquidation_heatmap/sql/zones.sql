-- Zones that a move of the mark price reaches, from high prices to low. Without open interest, amounts are percent of the
-- side.
select
    zone_rank,
    side,
    price_low,
    price_high,
    price_centroid,
    width_pct,
    coalesce(notional_quote, 100 * side_share) as amount,
    coalesce(quote_per_pct, 100 * side_share / width_pct) as amount_per_pct,
    side_share,
    distance_pct,
    distance_atr,
    level_count

from liquidation_zones
where
    venue = $venue
    and symbol = $symbol
    and model = $model
    and ($side = 'both' or side = $side)
    and zone_rank > 0
    and is_reached(side, distance_pct, $within_pct)
order by price_centroid desc
