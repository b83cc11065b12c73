-- A venue has margin brackets before it has symbols with bars, and the other way round.
case
    when lower(asked) in (
        select symbols.venue from {{ ref('symbols') }} as symbols
        union all
        select tiers.venue from {{ ref('margin_tiers') }} as tiers
    ) then lower(asked)
    else error(concat(
        'This file has no venue ', coalesce(asked, 'null'), '.', chr(10),
        '  What to do: did you mean ',
        (
            select max_by(tiers.venue, jaro_winkler_similarity(tiers.venue, coalesce(lower(asked), '')))
            from {{ ref('margin_tiers') }} as tiers
        ),
        '? The file has ',
        (
            select string_agg(distinct tiers.venue, ', ' order by tiers.venue)
            from {{ ref('margin_tiers') }} as tiers
        ),
        '.'
    ))
end
