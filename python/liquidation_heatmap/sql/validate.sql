-- Every check of every symbol and dataset, what is wrong first.
select *
from data_quality_summary
where ($venue is null or venue = $venue) and ($symbol is null or symbol = $symbol)
order by list_position(['fail', 'warn', 'pass'], status), venue, symbol, dataset, check_name
