-- All leverage groups that there are, the smallest first, with the number by which a group has the same colour wherever
-- it is drawn.
with

groups as (

    select unnest(enum_range(any_value(leverage_group))) as leverage_group from liquidation_levels

)

select
    leverage_group,
    row_number() over () - 1 as group_number

from groups
