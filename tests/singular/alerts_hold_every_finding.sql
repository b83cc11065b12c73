{%- set cooldown = var('alert_cooldown_days') -%}

with

findings as (

    select
        *,
        lag(trade_date) over (partition by dataset, symbol, check_name order by trade_date) as trade_date_before

    from {{ ref('data_quality') }}
    where status <> 'pass'

),

newest_days as (

    select
        symbol,
        max(trade_date) as newest_date

    from {{ ref('data_quality') }}
    group by symbol

),

-- Each finding belongs to the alert that was opened last.
alerts_of_findings as (

    select
        findings.dataset,
        findings.symbol,
        findings.check_name,
        alerts.trade_date,
        findings.trade_date as found_on,
        findings.trade_date_before,
        findings.status,
        findings.observed,
        findings.warn_above,
        findings.fail_above

    from findings
    asof left join {{ ref('data_quality_alerts') }} as alerts
        on findings.dataset = alerts.dataset
        and findings.symbol = alerts.symbol
        and findings.check_name = alerts.check_name
        and findings.trade_date >= alerts.trade_date

),

recomputed_alerts as (

    select
        dataset,
        symbol,
        check_name,
        trade_date,
        if(bool_or(status = 'fail'), 'fail', 'warn') as severity,
        count(*) as days,
        max(observed) as observed,
        if(bool_or(status = 'fail'), max(fail_above), max(warn_above)) as threshold,
        max(found_on) as last_date,
        min(found_on) as first_date,
        -- Within an alert the days are close, and those of two alerts are not.
        bool_or(found_on > trade_date and found_on > trade_date_before + {{ cooldown }}) as is_torn,
        bool_or(found_on = trade_date and found_on <= trade_date_before + {{ cooldown }}) as is_split

    from alerts_of_findings
    group by dataset, symbol, check_name, trade_date

)

select
    coalesce(alerts.dataset, recomputed.dataset) as dataset,
    coalesce(alerts.symbol, recomputed.symbol) as symbol,
    coalesce(alerts.check_name, recomputed.check_name) as check_name,
    coalesce(alerts.trade_date, recomputed.first_date) as trade_date,
    alerts.days,
    recomputed.days as recomputed_days,
    alerts.observed,
    recomputed.observed as recomputed_observed,
    alerts.resolved_at

from {{ ref('data_quality_alerts') }} as alerts
full join recomputed_alerts as recomputed
    on alerts.dataset = recomputed.dataset
    and alerts.symbol = recomputed.symbol
    and alerts.check_name = recomputed.check_name
    and alerts.trade_date = recomputed.trade_date
left join newest_days
    on alerts.symbol = newest_days.symbol
where
    alerts.symbol is null
    or recomputed.symbol is null
    or recomputed.first_date <> alerts.trade_date
    or recomputed.is_torn
    or recomputed.is_split
    or alerts.severity <> recomputed.severity
    or alerts.days <> recomputed.days
    or alerts.observed <> recomputed.observed
    or alerts.threshold is distinct from recomputed.threshold
    or alerts.raised_at <> cast(alerts.trade_date + 1 as timestamp)
    or alerts.resolved_at is distinct from case
        when recomputed.last_date + {{ cooldown }} < newest_days.newest_date
            then cast(recomputed.last_date + {{ cooldown + 1 }} as timestamp)
    end
    or alerts.message not like alerts.dataset || ' of ' || alerts.symbol || ' on %'
    or alerts.alert_id <> md5(concat_ws('|', alerts.dataset, alerts.symbol, alerts.check_name, alerts.trade_date))
