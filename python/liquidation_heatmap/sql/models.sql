-- Models that have a book of the symbol, the ensemble first.
select distinct model

from book_metrics
where venue = $venue and symbol = $symbol
order by model <> 'ensemble', model
