-- Assumptions that contain the wanted text. The ensemble comes first, then each model, beginning with whether it is
-- computed; leverages are in the order of their size.
with

assumptions as (

    select
        model,
        assumption,
        value,
        coalesce(unit, '') as unit,
        source,
        bool_or(assumption = 'is computed' and value = 'yes') over (partition by model) as is_computed

    from model_assumptions
    where venue = $venue and symbol = $symbol

)

select *

from assumptions
where contains(lower(concat_ws(' ', model, assumption, value, unit, source)), lower($wanted))
order by
    model <> 'ensemble',
    model,
    assumption <> 'is computed',
    regexp_replace(assumption, '\d+x$', ''),
    try_cast(regexp_extract(assumption, '(\d+)x$', 1) as integer)
