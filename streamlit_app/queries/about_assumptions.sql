-- The combined model first; of each whether it is computed first, and leverages by their size.
select
    model,
    assumption,
    value,
    coalesce(unit, '') as unit,
    source

from model_assumptions
where symbol = $symbol
order by
    model <> 'ensemble',
    model,
    assumption <> 'is computed',
    regexp_replace(assumption, '\d+x$', ''),
    try_cast(regexp_extract(assumption, '(\d+)x$', 1) as integer)
