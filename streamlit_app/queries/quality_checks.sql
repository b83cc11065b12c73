-- Every check of a symbol over all its days, what is wrong first.
select
    check_name,
    dataset,
    status,
    latest_status,
    days_failed,
    days_warned,
    days_passed,
    last_found_on,
    worst_on,
    worst_observed,
    unit,
    warn_above,
    fail_above,
    message,
    reason,
    remedy

from data_quality_summary
where venue = $venue and symbol = $symbol
order by
    list_position(['fail', 'warn', 'pass'], status),
    last_found_on desc nulls last,
    check_name,
    dataset
