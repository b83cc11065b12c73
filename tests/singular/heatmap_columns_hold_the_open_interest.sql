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

    union all

    select
        symbol,
        model,
        side,
        stretch_at,
        until_bar_at as column_at,
        -stretch_coins as change_coins

    from {{ ref('book_states') }}

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

)

select
    totals.symbol,
    totals.model,
    totals.side,
    totals.bar_at,
    totals.alive_coins,
    columns_of_books.stretch_coins * totals.left_share as coins_of_bins

from columns_of_books
inner join {{ ref('int_book_totals') }} as totals
    on columns_of_books.symbol = totals.symbol
    and columns_of_books.model = totals.model
    and columns_of_books.side = totals.side
    and columns_of_books.stretch_at = totals.stretch_at
    and columns_of_books.column_at = totals.bar_at
-- Bins of older days are rounded to a billionth of their side.
where
    abs(columns_of_books.stretch_coins * totals.left_share - totals.alive_coins)
    > 1e-7 * totals.alive_coins + 1e-6
