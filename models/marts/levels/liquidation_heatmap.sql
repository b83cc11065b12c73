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
        book.alive_coins * totals.scale as quantity_coins,
        case when totals.scale is null then book.alive_coins / totals.alive_coins end as side_share

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
        quantity_coins,
        null as side_share

    from ensemble_book

),

-- Notional is rounded to the cent, and shares to a billionth. Cells that round to zero are left out below.
priced_cells as (

    select
        *,
        round(quantity_coins * {{ function('bin_middle') }}(price_low), 2) as notional_quote,
        round(side_share, 9) as rounded_share

    from model_cells

),

-- A bin never holds both sides, because the mark price lies between them.
cells as (

    select
        display_at as book_at,
        {{ venue() }} as venue,
        symbol,
        model,
        leverage_group,
        price_low,
        price_low + {{ function('bin_width') }}(price_low) as price_high,
        case when side = 'long' or notional_quote is null then notional_quote else 0 end as long_quote,
        case when side = 'short' or notional_quote is null then notional_quote else 0 end as short_quote,
        case when side = 'long' or rounded_share is null then rounded_share else 0 end as long_share,
        case when side = 'short' or rounded_share is null then rounded_share else 0 end as short_share

    from priced_cells
    where notional_quote > 0 or rounded_share > 0

)

select * from cells
