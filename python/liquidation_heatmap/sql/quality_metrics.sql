-- The metrics that have a trend, by dataset.
select distinct
    dataset,
    metric

from data_quality_trends
where venue = $venue and symbol = $symbol
order by dataset, metric
