-- Ids of contradictory rows are noted: the rows are left out, but their ids are not missing from the file.
insert into dropped_ids
select id
from contradictory
where id is not null;

select
    trade_date,
    count(*) as row_count

from contradictory
group by trade_date
