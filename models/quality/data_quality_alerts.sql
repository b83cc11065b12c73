with

findings as (

    select * from {{ ref('data_quality') }}
    where status <> 'pass'

),

newest_days as (

    select
        symbol,
        max(trade_date) as newest_date

    from {{ ref('data_quality') }}
    group by symbol

),

-- Findings of one check that lie up to alert_cooldown_days apart are one alert; the first of them opens it.
spaced_findings as (

    select
        *,
        coalesce(
            trade_date > lag(trade_date) over by_check + {{ var('alert_cooldown_days') }}, true
        ) as is_opening

    from findings
    window by_check as (partition by dataset, symbol, check_name order by trade_date)

),

numbered_findings as (

    select
        *,
        count_if(is_opening) over (
            partition by dataset, symbol, check_name
            order by trade_date
            rows between unbounded preceding and current row
        ) as alert_number

    from spaced_findings

),

alerts as (

    select
        dataset,
        symbol,
        check_name,
        case when bool_or(status = 'fail') then 'fail' else 'warn' end as severity,
        min(trade_date) as trade_date,
        max(trade_date) as last_date,
        count(*) as days,
        max(observed) as observed,
        arg_max(message, observed) as message,
        any_value(warn_above) as warn_above,
        any_value(fail_above) as fail_above

    from numbered_findings
    group by dataset, symbol, check_name, alert_number

),

data_quality_alerts as (

    select
        -- A day is judged when it is over.
        cast(alerts.trade_date + 1 as timestamp) as raised_at,
        alerts.severity,
        alerts.dataset,
        {{ venue() }} as venue,
        alerts.symbol,
        alerts.trade_date,
        alerts.check_name,
        alerts.message,
        alerts.observed,
        case alerts.severity when 'fail' then alerts.fail_above else alerts.warn_above end as threshold,
        alerts.days,
        case
            when alerts.last_date + {{ var('alert_cooldown_days') }} < newest_days.newest_date
                then cast(alerts.last_date + 1 + {{ var('alert_cooldown_days') }} as timestamp)
        end as resolved_at,
        md5(alerts.dataset || '|' || alerts.symbol || '|' || alerts.check_name || '|' || alerts.trade_date) as alert_id

    from alerts
    inner join newest_days
        on alerts.symbol = newest_days.symbol

)

select * from data_quality_alerts
