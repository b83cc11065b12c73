-- The walls of each side: its densest bins within a distance of the mark price, as of the last bar. Without open interest,
-- amounts are percent of the side.
select
    side,
    price_low,
    price_high,
    coalesce(notional_quote, 100 * side_share) as amount,
    coalesce(quote_per_pct, 100 * per_pct(side_share, price_low)) as amount_per_pct,
    distance_pct

from walls($within_pct)
where venue = $venue and symbol = $symbol and model = $model and wall_rank <= $most
order by side, wall_rank
