-- Stretches of a symbol that the file covers. A file has orders, but not the times when somebody looked: only the
-- stretch from the first to the last order of a day is taken to be complete.
select
    min("time") as observed_from,
    max("time") + 1 as observed_to

from orders
where symbol = $symbol
group by "time" // 86400000
