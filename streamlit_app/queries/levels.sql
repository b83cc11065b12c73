-- Levels that a move of the mark price reaches, the lowest leverages first. Without open interest, amounts are percent of
-- the side.
select
    leverage_group,
    side,
    leverage,
    price_low,
    price_high,
    quantity_coins,
    coalesce(notional_quote, 100 * side_share) as amount,
    coalesce(quote_per_pct, 100 * per_pct(side_share, price_low)) as amount_per_pct,
    side_share,
    expected_quote,
    cumulative_quote,
    distance_pct

from liquidation_levels
where
    venue = $venue
    and symbol = $symbol
    and model = $model
    and is_reached(side, distance_pct, $within_pct)
    and list_contains($leverage_groups, leverage_group)
order by leverage, price_low
