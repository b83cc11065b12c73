select
    alert_id,
    news,
    message,
    status
from deliveries
where target = :target
