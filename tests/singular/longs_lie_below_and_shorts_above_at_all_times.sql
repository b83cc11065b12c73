-- In every column of the heatmap: a long level at or above the mark price would have been liquidated.
select
    book.symbol,
    book.model,
    book.side,
    book.price_low,
    book.display_at,
    flows.mark_close

from {{ ref('int_book_at_display_times') }} as book
inner join {{ ref('int_bar_flows') }} as flows
    on book.symbol = flows.symbol
    and book.bar_at = flows.bar_at
where
    case book.side
        when 'long' then book.price_low + {{ bin_width('book.price_low') }} > flows.mark_close * (1 + 1e-12)
        else book.price_low <= flows.mark_close * (1 - 1e-12)
    end
