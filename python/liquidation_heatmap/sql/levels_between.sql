-- Levels between two prices as of the last bar, the lowest leverages first. Without open interest, amounts are percent of
-- the side.
select
    leverage_group,
    side,
    price_low,
    price_high,
    coalesce(sum(notional_quote), 100 * sum(side_share)) as amount,
    coalesce(sum(quote_per_pct), 100 * per_pct(sum(side_share), price_low)) as amount_per_pct

from liquidation_levels
where
    venue = $venue
    and symbol = $symbol
    and model = $model
    and price_low >= $price_from
    and price_high <= $price_to
    and ($side = 'both' or side = $side)
    and list_contains($leverage_groups, leverage_group)
group by leverage_group, side, price_low, price_high
order by leverage_group, price_low
