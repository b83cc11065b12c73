-- One pass over the cells of the newest days: what each column holds, how much of that may be rounding, and how far its
-- sides reach.
with

scales as (

    select book_scales.*

    from {{ ref('book_scales') }} as book_scales
    semi join {{ ref('int_days') }} as days
        on book_scales.symbol = days.symbol
        and cast(book_scales.bar_at as date) = days.trade_date
        and days.is_fine
        and {{ is_day_to_test('days.symbol', 'days.trade_date') }}
    -- A history may be shorter than the days that are kept by the bar.
    semi join {{ ref('int_display_times') }} as display_times
        on book_scales.symbol = display_times.symbol
        and book_scales.bar_at = display_times.bar_at
    where book_scales.is_display_time

),

states as (

    select * from {{ ref('book_states') }}
    where {{ is_day_to_test('symbol', 'trade_date') }}

),

{{ heatmap_cells() }},

heatmap_columns as (

    select
        symbol,
        model,
        book_at,
        sum(long_quote * 2 / (price_low + price_high)) as long_coins,
        sum(short_quote * 2 / (price_low + price_high)) as short_coins,
        sum(long_share) as long_share,
        sum(short_share) as short_share,
        -- Cells are rounded to the cent. Of cells that round to nothing there are at most as many as ten thousand.
        (count(*) + 10000) * 0.005 / min(price_low) as rounding_coins,
        (count(*) + 10000) * 5e-10 as rounding_share,
        max(price_high) filter (where long_quote > 0 or long_share > 0) as longs_up_to,
        min(price_low) filter (where short_quote > 0 or short_share > 0) as shorts_from,
        min(least(long_quote, short_quote)) as smallest_quote,
        min(least(long_share, short_share)) as smallest_share

    from cells
    group by symbol, model, book_at

),

books as (

    select
        totals.symbol,
        totals.model,
        display_times.display_at as book_at,
        any_value(totals.open_interest_coins) as open_interest_coins,
        bool_or(totals.side = 'long') as has_longs,
        bool_or(totals.side = 'short') as has_shorts

    from {{ ref('int_display_times') }} as display_times
    inner join {{ ref('int_book_totals') }} as totals
        on display_times.symbol = totals.symbol
        and display_times.bar_at = totals.bar_at
    semi join {{ ref('int_days') }} as days
        on display_times.symbol = days.symbol
        and cast(display_times.bar_at as date) = days.trade_date
        and days.is_fine
        and {{ is_day_to_test('days.symbol', 'days.trade_date') }}
    group by totals.symbol, totals.model, display_times.display_at

),

books_with_ensemble as (

    select * from books

    union all

    select
        symbol,
        'ensemble' as model,
        book_at,
        any_value(open_interest_coins) as open_interest_coins,
        bool_or(has_longs) as has_longs,
        bool_or(has_shorts) as has_shorts

    from books
    where open_interest_coins is not null
    group by symbol, book_at

),

priced_books as (

    select
        books_with_ensemble.*,
        bars.mark_close

    from books_with_ensemble
    asof inner join {{ ref('int_bars') }} as bars
        on books_with_ensemble.symbol = bars.symbol
        and books_with_ensemble.book_at >= bars.bar_ends_at

)

select
    coalesce(heatmap_columns.symbol, priced_books.symbol) as symbol,
    coalesce(heatmap_columns.model, priced_books.model) as model,
    coalesce(heatmap_columns.book_at, priced_books.book_at) as book_at,
    priced_books.open_interest_coins,
    heatmap_columns.long_coins,
    heatmap_columns.short_coins,
    heatmap_columns.long_share,
    heatmap_columns.short_share,
    priced_books.mark_close,
    heatmap_columns.longs_up_to,
    heatmap_columns.shorts_from

from heatmap_columns
full join priced_books
    on heatmap_columns.symbol = priced_books.symbol
    and heatmap_columns.model = priced_books.model
    and heatmap_columns.book_at = priced_books.book_at
where
    priced_books.symbol is null
    -- A book that is worth less than the cells' rounding may have no cell.
    or (
        heatmap_columns.symbol is null
        and coalesce(priced_books.open_interest_coins * priced_books.mark_close > 100, true)
    )
    or heatmap_columns.smallest_quote < 0
    or heatmap_columns.smallest_share < 0
    or (
        heatmap_columns.symbol is not null
        and (
            (heatmap_columns.long_coins is null) <> (priced_books.open_interest_coins is null)
            or (heatmap_columns.short_coins is null) <> (priced_books.open_interest_coins is null)
            or (heatmap_columns.long_share is null) = (priced_books.open_interest_coins is null)
            or (heatmap_columns.short_share is null) = (priced_books.open_interest_coins is null)
        )
    )
    or greatest(
        abs(heatmap_columns.long_coins - if(priced_books.has_longs, priced_books.open_interest_coins, 0)),
        abs(heatmap_columns.short_coins - if(priced_books.has_shorts, priced_books.open_interest_coins, 0))
    ) > 1e-6 * priced_books.open_interest_coins + heatmap_columns.rounding_coins
    or greatest(
        abs(heatmap_columns.long_share - if(priced_books.has_longs, 1, 0)),
        abs(heatmap_columns.short_share - if(priced_books.has_shorts, 1, 0))
    ) > 1e-3 + heatmap_columns.rounding_share
    or heatmap_columns.longs_up_to > priced_books.mark_close * (1 + 1e-9)
    or heatmap_columns.shorts_from <= priced_books.mark_close * (1 - 1e-9)
