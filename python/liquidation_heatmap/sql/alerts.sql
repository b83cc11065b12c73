-- What is wrong with the data, and which large zones the price is near, of one model; what is over has a resolved_at.
select
    alert_id,
    'data quality' as kind,
    symbol,
    severity,
    raised_at,
    resolved_at,
    message

from data_quality_alerts

union all

select
    alert_id,
    'price near zone' as kind,
    symbol,
    'note' as severity,
    raised_at,
    cast(null as timestamp) as resolved_at,
    message

from price_near_zones
where model = $model
order by raised_at, alert_id
