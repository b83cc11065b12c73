-- What the ensemble is made of, and what share of the swept notional is liquidated; leverage groups by their size.
select *

from model_weights
where symbol = $symbol
order by model <> 'ensemble', model, leverage_group
