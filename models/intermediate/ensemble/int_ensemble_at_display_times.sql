with

book as (

    select * from {{ ref('int_book_at_display_times') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

ensemble_book as (

    select
        book.symbol,
        book.side,
        book.leverage_group,
        book.price_low,
        {{ exact_sum('book.alive_coins * scales.ensemble_scale', decimals=15) }} as quantity_coins,
        book.display_at,
        book.bar_at

    from book
    inner join scales
        on book.symbol = scales.symbol
        and book.model = scales.model
        and book.side = scales.side
        and book.bar_at = scales.bar_at
    where scales.ensemble_scale is not null
    group by book.symbol, book.side, book.leverage_group, book.price_low, book.display_at, book.bar_at
    -- The order of int_book_at_display_times, for the same reasons.
    order by book.symbol, book.display_at, book.price_low

)

select * from ensemble_book
