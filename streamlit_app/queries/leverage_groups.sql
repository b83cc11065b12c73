-- Groups of leverages, the smallest first.
select leverage_group

from liquidation_levels
where venue = $venue and symbol = $symbol and model = $model
group by leverage_group
order by leverage_group
