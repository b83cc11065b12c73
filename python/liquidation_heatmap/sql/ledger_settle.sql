update deliveries
set status = :status, at = :at
where alert_id = :alert_id and news = :news and target = :target
