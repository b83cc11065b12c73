-- Levels between two prices as of the last bar, the lowest leverages first.
select
    leverage_group,
    side,
    price_low,
    price_high,
    sum(notional_quote) as notional_quote

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
