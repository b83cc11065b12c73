-- Models that have a book of the symbol, the combined one first.
select distinct model

from book_metrics
where symbol = $symbol
order by model <> 'ensemble', model
