-- A file says when it saw orders, not when somebody looked: what lies between the first and the last order of a symbol's
-- day is taken to be complete, nothing else.
select
    min("time") as observed_from,
    max("time") + 1 as observed_to

from orders
where symbol = $symbol
group by "time" // 86400000
