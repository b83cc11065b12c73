-- Models that have levels for the symbol, the combined one first.
select distinct model

from liquidation_levels
where symbol = $symbol
order by model <> 'ensemble', model
