-- The bins of every column of every day that is kept add up to the book's total.
with

changes as (

    select
        symbol,
        model,
        side,
        stretch_at,
        from_bar_at as column_at,
        stretch_coins as change_coins

    from {{ ref('book_states') }}
    where {{ is_day_to_test('symbol', 'trade_date') }}

    union all

    select
        symbol,
        model,
        side,
        stretch_at,
        until_bar_at as column_at,
        -stretch_coins as change_coins

    from {{ ref('book_states') }}
    where {{ is_day_to_test('symbol', 'trade_date') }}

),

column_changes as (

    select
        symbol,
        model,
        side,
        stretch_at,
        {{ exact_sum('change_coins', decimals=12) }} as change_coins,
        column_at

    from changes
    group by symbol, model, side, stretch_at, column_at

),

columns_of_books as (

    select
        symbol,
        model,
        side,
        stretch_at,
        {{ exact_sum(
            'change_coins', decimals=12, over='over (partition by symbol, model, side, stretch_at order by column_at)'
        ) }} as stretch_coins,
        column_at

    from column_changes

),

books_with_most_coins as (

    select
        *,
        max(stretch_coins) over (partition by symbol, model, side, stretch_at) as most_coins

    from columns_of_books

)

select
    totals.symbol,
    totals.model,
    totals.side,
    totals.bar_at,
    totals.alive_coins,
    books.stretch_coins * totals.left_share as coins_of_bins

from books_with_most_coins as books
inner join {{ ref('int_book_totals') }} as totals
    on books.symbol = totals.symbol
    and books.model = totals.model
    and books.side = totals.side
    and books.stretch_at = totals.stretch_at
    and books.column_at = totals.bar_at
-- Bins of older days are rounded to a billionth of what their side held, of which a sweep may leave little.
where
    abs(books.stretch_coins * totals.left_share - totals.alive_coins)
    > 1e-7 * books.most_coins * totals.left_share + 1e-6
