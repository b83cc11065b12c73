-- Their ids are known, so they are not missing.
insert into dropped_ids
select id
from contradictory
where id is not null;

select
    trade_date,
    count(*) as row_count

from contradictory
group by trade_date
