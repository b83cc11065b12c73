-- Claimed is not told: only 'sent' is.
insert into deliveries (alert_id, news, target, message, status, at)
values (:alert_id, :news, :target, :message, 'sending', :at)
on conflict (alert_id, news, target) do update set message = :message, status = 'sending', at = :at
