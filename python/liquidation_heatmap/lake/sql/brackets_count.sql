select
    count(distinct symbol) as symbols,
    count(distinct as_of) as versions,
    count(*) as row_count
from incoming
