-- Weights of the models in the ensemble and their shares liquidated, leverage groups by their size.
select *

from model_weights
where venue = $venue and symbol = $symbol
order by model <> 'ensemble', model, leverage_group
