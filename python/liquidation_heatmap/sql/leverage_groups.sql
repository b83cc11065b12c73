-- Groups of leverages that a model has levels of, the smallest first, with their number among all groups there are, by
-- which a group has the same colour wherever it is drawn.
select
    leverage_group,
    list_position(enum_range(leverage_group), cast(leverage_group as varchar)) - 1 as group_number

from liquidation_levels
where venue = $venue and symbol = $symbol and model = $model
group by leverage_group
order by leverage_group
