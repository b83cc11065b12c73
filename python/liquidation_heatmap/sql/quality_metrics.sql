-- The figures whose trend is known.
select distinct
    dataset,
    metric

from data_quality_trends
where symbol = $symbol
order by dataset, metric
