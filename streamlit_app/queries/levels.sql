-- Levels within a distance of the mark price, the lowest leverages first.
select
    leverage_group,
    side,
    leverage,
    price_low,
    price_high,
    quantity_coins,
    notional_quote,
    expected_quote,
    cumulative_quote,
    distance_pct,
    agreement

from liquidation_levels
where
    symbol = $symbol
    and model = $model
    and abs(distance_pct) <= $within_pct
    and list_contains($leverage_groups, leverage_group)
order by leverage, price_low
