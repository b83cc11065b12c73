-- Minutes of the longest bar of a time: finer display bars would have holes where nothing is missing. A day at most.
select coalesce(least(max(date_diff('minute', bar_at, bar_ends_at)), 1440), 0) as minutes

from price_bars
where symbol = $symbol and bar_at >= $starts_at and bar_at < $ends_at
