-- What was told last.
select
    at,
    news,
    message,
    target,
    status
from deliveries
order by at desc, alert_id, target
limit :most
