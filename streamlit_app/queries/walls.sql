-- The wall of each side: its largest bin within a distance of the mark price, as of the last bar.
select
    side,
    price_low,
    price_high,
    notional_quote,
    distance_pct

from level_bins()
where venue = $venue and symbol = $symbol and model = $model and abs(distance_pct) <= $within_pct
qualify row_number() over (partition by side order by notional_quote desc, abs(distance_pct)) = 1
order by side
