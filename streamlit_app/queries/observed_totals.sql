-- The source with the finest totals of liquidations between two times, and the minutes of one total.
select
    source,
    max(date_diff('minute', starts_at, ends_at)) as minutes

from realised_liquidations
where venue = $venue and symbol = $symbol and starts_at >= $starts_at and ends_at <= $ends_at
group by source
order by minutes
limit 1
