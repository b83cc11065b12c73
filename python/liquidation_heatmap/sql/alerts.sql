-- What is wrong with the data, and which large zones the price is near, of one model; what is over has a resolved_at. Where a
-- symbol has not the model asked for, the one that the SQL functions take stands in, and how old the price is stands beside it.
with

chosen_models as (

    select
        symbol,
        coalesce(
            max(model) filter (where model = $model), max(model) filter (where model = 'ensemble'), min(model)
        ) as model

    from max_pain
    group by symbol

)

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
    zones.alert_id,
    'price near zone' as kind,
    zones.symbol,
    'note' as severity,
    zones.raised_at,
    cast(null as timestamp) as resolved_at,
    zones.message || ', as of ' || strftime(zones.as_of, '%Y-%m-%d %H:%M') || ' UTC, '
    || case
        when cast($now as timestamp) - zones.as_of < interval 2 days
            then date_diff('hour', zones.as_of, cast($now as timestamp)) || ' hours ago'
        else date_diff('day', zones.as_of, cast($now as timestamp)) || ' days ago'
    end as message

from price_near_zones as zones
inner join chosen_models
    on zones.symbol = chosen_models.symbol
    and zones.model = chosen_models.model
order by raised_at, alert_id
