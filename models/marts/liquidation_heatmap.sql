with

book as (

    select * from {{ ref('int_book_at_display_times') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

scaled as (

    select
        book.symbol,
        book.model,
        book.side,
        book.price_low,
        book.alive_coins * totals.scale * {{ bin_middle('book.price_low') }} as model_quote,
        book.alive_coins * totals.ensemble_scale * {{ bin_middle('book.price_low') }} as ensemble_quote,
        book.display_at

    from book
    inner join totals
        on book.symbol = totals.symbol
        and book.model = totals.model
        and book.side = totals.side
        and book.bar_at = totals.bar_at

),

combined as (

    select
        symbol,
        model,
        side,
        price_low,
        model_quote as quote,
        display_at

    from scaled

    union all

    select
        symbol,
        'ensemble' as model,
        side,
        price_low,
        ensemble_quote as quote,
        display_at

    from scaled

),

final as (

    select
        display_at as bar_at,
        symbol,
        model,
        price_low,
        price_low + {{ bin_width('price_low') }} as price_high,
        {{ exact_sum("case side when 'long' then quote else 0 end") }} as long_quote,
        {{ exact_sum("case side when 'short' then quote else 0 end") }} as short_quote

    from combined
    group by display_at, symbol, model, price_low

)

select * from final
where long_quote > 0 or short_quote > 0
