with

display_times as (

    select * from {{ ref('int_display_times') }}

),

states as (

    select * from {{ ref('int_book_states') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

book as (

    select
        display_times.display_at,
        states.symbol,
        states.model,
        states.side,
        states.leverage_group,
        states.price_low,
        states.stretch_coins * totals.left_share as alive_coins,
        totals.alive_coins as side_coins,
        totals.scale,
        display_times.bar_at

    from display_times
    inner join states
        on display_times.symbol = states.symbol
        and display_times.stretch_at = states.stretch_at
        and display_times.bar_at >= states.from_column_at
        and display_times.bar_at < states.until_column_at
    inner join totals
        on states.symbol = totals.symbol
        and states.model = totals.model
        and states.side = totals.side
        and display_times.bar_at = totals.bar_at

),

model_cells as (

    select
        display_at,
        symbol,
        model,
        side,
        leverage_group,
        price_low,
        alive_coins * scale as quantity_coins,
        case when scale is null then alive_coins / side_coins end as side_share

    from book

    union all

    select
        book.display_at,
        book.symbol,
        'ensemble' as model,
        book.side,
        book.leverage_group,
        book.price_low,
        {{ exact_sum('book.alive_coins * scales.ensemble_scale', decimals=15) }} as quantity_coins,
        null as side_share

    from book
    inner join scales
        on book.symbol = scales.symbol
        and book.model = scales.model
        and book.side = scales.side
        and book.bar_at = scales.bar_at
    where scales.ensemble_scale is not null
    group by book.display_at, book.symbol, book.side, book.leverage_group, book.price_low

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
-- Readers ask for a model and a range of time, and in this order it compresses best.
order by symbol, model, book_at, price_low
