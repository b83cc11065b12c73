case
    when lower(asked) in (
        select max_pain.model from {{ ref('max_pain') }} as max_pain where max_pain.symbol = of_symbol
    ) then lower(asked)
    when asked is null and 'ensemble' in (
        select max_pain.model from {{ ref('max_pain') }} as max_pain where max_pain.symbol = of_symbol
    ) then 'ensemble'
    when asked is null and of_symbol in (select max_pain.symbol from {{ ref('max_pain') }} as max_pain)
        then (select min(max_pain.model) from {{ ref('max_pain') }} as max_pain where max_pain.symbol = of_symbol)
    when of_symbol in (select max_pain.symbol from {{ ref('max_pain') }} as max_pain) then error(concat(
        'There is no model ', asked, ' of ', of_symbol, ' in this file.', chr(10), '  What to do: did you mean ',
        (
            select max_by(max_pain.model, jaro_winkler_similarity(max_pain.model, lower(asked)))
            from {{ ref('max_pain') }} as max_pain
            where max_pain.symbol = of_symbol
        ),
        '? There are ',
        (
            select string_agg(distinct max_pain.model, ', ' order by max_pain.model)
            from {{ ref('max_pain') }} as max_pain
            where max_pain.symbol = of_symbol
        ),
        '. The table model_assumptions says why a model is missing.'
    ))
    else error(concat(
        'No model has levels of ', of_symbol, '.', chr(10),
        '  What to do: the table model_assumptions has the reasons; margin brackets may be missing.'
    ))
end
