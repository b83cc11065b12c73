-- How much of each side lies in zones, at whatever distance.
select
    side,
    count(*) filter (where zone_rank > 0) as zone_count,
    coalesce(sum(side_share) filter (where zone_rank > 0), 0) as zones_share

from liquidation_zones
where venue = $venue and symbol = $symbol and model = $model and ($side = 'both' or side = $side)
group by side
order by side desc
