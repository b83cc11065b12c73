-- A metric of a dataset day by day, beside what was usual before.
select
    trade_date,
    value,
    moving_average,
    z_score,
    is_anomaly

from data_quality_trends
where venue = $venue and symbol = $symbol and dataset = $dataset and metric = $metric and trade_date >= $starts_on
order by trade_date
