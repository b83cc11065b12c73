with

book as (

    select * from {{ ref('int_book_at_display_times') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

ensemble_book as (

    select * from {{ ref('int_ensemble_at_display_times') }}

),

model_cells as (

    select
        book.display_at,
        book.symbol,
        book.model,
        book.side,
        book.leverage_group,
        book.price_low,
        book.alive_coins * totals.scale as quantity_coins

    from book
    inner join totals
        on book.symbol = totals.symbol
        and book.model = totals.model
        and book.side = totals.side
        and book.bar_at = totals.bar_at

    union all

    select
        display_at,
        symbol,
        'ensemble' as model,
        side,
        leverage_group,
        price_low,
        quantity_coins

    from ensemble_book

),

-- Notional is rounded to the cent; cells that round to zero are left out below.
priced_cells as (

    select
        *,
        round(quantity_coins * {{ function('bin_middle') }}(price_low), 2) as notional_quote

    from model_cells

),

-- A bin never holds both sides, because the mark price lies between them.
cells as (

    select
        display_at as bar_at,
        {{ venue() }} as venue,
        symbol,
        model,
        leverage_group,
        price_low,
        price_low + {{ function('bin_width') }}(price_low) as price_high,
        case side when 'long' then notional_quote else 0 end as long_quote,
        case side when 'short' then notional_quote else 0 end as short_quote

    from priced_cells
    where notional_quote > 0

)

select * from cells
