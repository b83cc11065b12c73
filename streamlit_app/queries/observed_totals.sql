-- The finest totals of liquidations that were published of a time, and how many minutes each is over.
select
    source,
    max(date_diff('minute', starts_at, ends_at)) as minutes

from realised_liquidations
where symbol = $symbol and starts_at >= $starts_at and ends_at <= $ends_at
group by source
order by minutes
limit 1
