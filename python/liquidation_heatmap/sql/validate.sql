-- Every check of every symbol and dataset, what is wrong first.
select *
from data_quality_summary
where $symbol is null or symbol = $symbol
order by list_position(['fail', 'warn', 'pass'], status), symbol, dataset, check_name
