-- Minutes of the longest bar between two times, at most a day. Finer display bars would show holes where nothing is
-- missing.
select coalesce(least(max(date_diff('minute', bar_at, bar_ends_at)), 1440), 0) as minutes

from price_bars
where venue = $venue and symbol = $symbol and bar_at >= $starts_at and bar_at < $ends_at
