select
    book.symbol,
    book.side,
    book.price_low,
    book.display_at,
    flows.mark_close

from {{ ref('int_book_at_display_times') }} as book
inner join {{ ref('int_bar_flows') }} as flows
    on book.symbol = flows.symbol
    and book.bar_at = flows.bar_at
where
    (
        book.side = 'long'
        and book.price_low + {{ function('bin_width') }}(book.price_low) > flows.mark_close * (1 + 1e-12)
    )
    or (book.side = 'short' and book.price_low <= flows.mark_close * (1 - 1e-12))
