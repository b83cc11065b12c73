case
    when upper(asked) in (select symbols.symbol from {{ ref('symbols') }} as symbols) then upper(asked)
    else error(concat(
        'This file has no symbol ', coalesce(asked, 'null'), '.', chr(10),
        '  What to do: did you mean ',
        (
            select max_by(symbols.symbol, jaro_winkler_similarity(symbols.symbol, coalesce(upper(asked), '')))
            from {{ ref('symbols') }} as symbols
        ),
        '? There are ',
        (
            select left(string_agg(symbols.symbol, ', ' order by symbols.symbol), 200)
            from {{ ref('symbols') }} as symbols
        ),
        '.'
    ))
end
