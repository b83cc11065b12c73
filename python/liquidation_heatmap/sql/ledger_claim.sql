-- Whoever inserts the row sends; a delivery that failed may be claimed again.
insert into deliveries (alert_id, news, target, message, status, at)
values (:alert_id, :news, :target, :message, 'sending', :at)
on conflict (alert_id, news, target) do update set status = 'sending', at = :at
where status = 'failed'
