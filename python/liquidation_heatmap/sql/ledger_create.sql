-- What has been delivered where. A row is written as 'sending' before its message is sent. One that still says
-- 'sending' in a later run is of a run that was killed, and is sent again.
create table if not exists deliveries (
    alert_id text not null,
    news text not null,
    target text not null,
    message text not null,
    status text not null,
    at text not null,
    primary key (alert_id, news, target)
) without rowid, strict
