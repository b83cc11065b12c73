-- Alerts: what is wrong with the data, and which large zones of one model the price is near, with the age of the price.
-- Those that are over have a resolved_at. A symbol without the model asked for has zones of the model that the SQL
-- functions take.
with

chosen_models as (

    select
        venue,
        symbol,
        coalesce(
            max(model) filter (where model = $model), max(model) filter (where model = 'ensemble'), min(model)
        ) as model

    from max_pain
    group by venue, symbol

)

select
    alert_id,
    'data quality' as kind,
    venue,
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
    zones.venue,
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
    on zones.venue = chosen_models.venue
    and zones.symbol = chosen_models.symbol
    and zones.model = chosen_models.model
order by raised_at, alert_id
