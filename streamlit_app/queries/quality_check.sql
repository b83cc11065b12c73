-- What one check measured day by day.
select
    trade_date,
    dataset,
    status,
    observed,
    unit,
    warn_above,
    fail_above

from data_quality
where venue = $venue and symbol = $symbol and check_name = $check and dataset = $dataset and trade_date >= $starts_on
order by trade_date
