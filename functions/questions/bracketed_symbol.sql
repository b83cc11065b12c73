case
    when upper(asked) in (select tiers.symbol from {{ ref('margin_tiers') }} as tiers) then upper(asked)
    else error(concat(
        'No margin brackets of ', coalesce(asked, 'null'), ' are known.', chr(10),
        '  What to do: did you mean ',
        (
            select max_by(tiers.symbol, jaro_winkler_similarity(tiers.symbol, coalesce(upper(asked), '')))
            from (select distinct symbols.symbol from {{ ref('margin_tiers') }} as symbols) as tiers
        ),
        '? ''.venv/bin/liqheat import brackets FILE'' loads those of others.'
    ))
end
