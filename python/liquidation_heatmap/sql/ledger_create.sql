-- What has been delivered where. A row is written before anything is sent, so that no alert goes out twice, whatever happens.
create table if not exists deliveries (
    alert_id text not null,
    news text not null,
    target text not null,
    message text not null,
    status text not null,
    at text not null,
    primary key (alert_id, news, target)
) without rowid, strict
