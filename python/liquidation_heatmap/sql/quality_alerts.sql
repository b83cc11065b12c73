-- Alerts of a symbol that are not over, or whose faulty days lie between two times; the worst and latest first.
select
    severity,
    raised_at,
    dataset,
    check_name,
    days,
    message

from data_quality_alerts
where
    venue = $venue
    and symbol = $symbol
    and (resolved_at is null or (resolved_at > $starts_at and raised_at < $ends_at))
order by severity, raised_at desc, dataset, check_name
