case
    when ({{ function('known_venue') }}(of_venue), upper(asked)) in (
        select (tiers.venue, tiers.symbol) from {{ ref('margin_tiers') }} as tiers
    ) then upper(asked)
    else error(concat(
        'No margin brackets of ', coalesce(asked, 'null'), ' at ', lower(of_venue), ' are known.', chr(10),
        '  What to do: did you mean ',
        (
            select max_by(tiers.symbol, jaro_winkler_similarity(tiers.symbol, coalesce(upper(asked), '')))
            from (select distinct symbols.venue, symbols.symbol from {{ ref('margin_tiers') }} as symbols) as tiers
            where tiers.venue = lower(of_venue)
        ),
        '? ''.venv/bin/liqheat import brackets FILE'' loads those of others.'
    ))
end
