-- The highest leverage granted to a notional, and the largest notional there is.
select
    max(max_leverage) filter (where max_notional >= $notional) as granted,
    max(max_notional) as largest

from tiers($symbol, $as_of, $venue)
