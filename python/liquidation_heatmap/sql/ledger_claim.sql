-- Notes that a message is about to be sent. It has been told only when its status is 'sent'.
insert into deliveries (alert_id, news, target, message, status, at)
values (:alert_id, :news, :target, :message, 'sending', :at)
on conflict (alert_id, news, target) do update set message = :message, status = 'sending', at = :at
