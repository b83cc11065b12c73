-- The metrics that have a trend, by dataset.
select distinct
    dataset,
    metric

from data_quality_trends
where symbol = $symbol
order by dataset, metric
