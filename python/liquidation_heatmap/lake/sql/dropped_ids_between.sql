select count(distinct id)
from dropped_ids
where id > $first_id and id < $last_id
