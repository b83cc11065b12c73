-- Zones within a distance of the mark price, from high prices to low.
select
    zone_rank,
    side,
    price_low,
    price_high,
    price_centroid,
    notional_quote,
    open_interest_share,
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
    and abs(distance_pct) <= $within_pct
order by price_centroid desc
