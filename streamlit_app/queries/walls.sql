-- The largest bin on each side within a distance of the mark price, as of the last bar.
select
    side,
    price_low,
    price_high,
    sum(notional_quote) as notional_quote,
    max(distance_pct) as distance_pct

from liquidation_levels
where symbol = $symbol and model = $model and abs(distance_pct) <= $within_pct
group by side, price_low, price_high
qualify row_number() over (partition by side order by sum(notional_quote) desc, price_low) = 1
order by side
