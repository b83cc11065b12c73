-- What has been delivered where. A row is written before anything is sent; one that still says so later is of a run that was
-- killed, and is sent again.
create table if not exists deliveries (
    alert_id text not null,
    news text not null,
    target text not null,
    message text not null,
    status text not null,
    at text not null,
    primary key (alert_id, news, target)
) without rowid, strict
