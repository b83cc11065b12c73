case
    when (lower(of_venue), of_symbol, lower(asked)) in (
        select (book_metrics.venue, book_metrics.symbol, book_metrics.model) from {{ ref('book_metrics') }} as book_metrics
    ) then lower(asked)
    when asked is null and (lower(of_venue), of_symbol, 'ensemble') in (
        select (book_metrics.venue, book_metrics.symbol, book_metrics.model) from {{ ref('book_metrics') }} as book_metrics
    ) then 'ensemble'
    when asked is null and (lower(of_venue), of_symbol) in (
        select (book_metrics.venue, book_metrics.symbol) from {{ ref('book_metrics') }} as book_metrics
    ) then (
        select min(book_metrics.model)
        from {{ ref('book_metrics') }} as book_metrics
        where book_metrics.venue = lower(of_venue) and book_metrics.symbol = of_symbol
    )
    when (lower(of_venue), of_symbol) in (
        select (book_metrics.venue, book_metrics.symbol) from {{ ref('book_metrics') }} as book_metrics
    ) then error(concat(
        'There is no model ', asked, ' of ', of_symbol, ' in this file.', chr(10), '  What to do: did you mean ',
        (
            select max_by(book_metrics.model, jaro_winkler_similarity(book_metrics.model, lower(asked)))
            from {{ ref('book_metrics') }} as book_metrics
            where book_metrics.venue = lower(of_venue) and book_metrics.symbol = of_symbol
        ),
        '? There are ',
        (
            select string_agg(distinct book_metrics.model, ', ' order by book_metrics.model)
            from {{ ref('book_metrics') }} as book_metrics
            where book_metrics.venue = lower(of_venue) and book_metrics.symbol = of_symbol
        ),
        '. The table model_assumptions says why a model is missing.'
    ))
    else error(concat(
        'No model has levels of ', of_symbol, ' at ', lower(of_venue), '.', chr(10),
        '  What to do: the table model_assumptions has the reasons; margin brackets may be missing.'
    ))
end
