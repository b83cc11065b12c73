-- What the ensemble is made of, and what share of the swept notional is liquidated; leverage groups by their size.
select *

from model_weights
where symbol = $symbol
order by
    model <> 'ensemble',
    model,
    starts_with(leverage_group, 'over'),
    cast(regexp_extract(leverage_group, '\d+') as integer)
