case
    when ({{ function('known_venue') }}(of_venue), upper(asked)) in (
        select (symbols.venue, symbols.symbol) from {{ ref('symbols') }} as symbols
    ) then upper(asked)
    else error(concat(
        'This file has no symbol ', coalesce(asked, 'null'), ' at ', lower(of_venue), '.', chr(10),
        '  What to do: did you mean ',
        (
            select max_by(symbols.symbol, jaro_winkler_similarity(symbols.symbol, coalesce(upper(asked), '')))
            from {{ ref('symbols') }} as symbols
            where symbols.venue = lower(of_venue)
        ),
        '? There are ',
        (
            select left(string_agg(symbols.symbol, ', ' order by symbols.symbol), 200)
            from {{ ref('symbols') }} as symbols
            where symbols.venue = lower(of_venue)
        ),
        '.'
    ))
end
