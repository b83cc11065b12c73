with

book as (

    select * from {{ ref('int_book_at_display_times') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

display_times as (

    select * from {{ ref('int_display_times') }}

),

-- a side nobody is on has no total, and nothing to scale
scales as (

    select
        totals.symbol,
        totals.model,
        coalesce(max(case totals.side when 'long' then totals.scale end), 0) as long_scale,
        coalesce(max(case totals.side when 'short' then totals.scale end), 0) as short_scale,
        coalesce(max(case totals.side when 'long' then totals.ensemble_scale end), 0) as long_ensemble_scale,
        coalesce(max(case totals.side when 'short' then totals.ensemble_scale end), 0) as short_ensemble_scale,
        max(totals.open_interest_coins) as open_interest_coins,
        totals.bar_at

    from totals
    inner join display_times
        on totals.symbol = display_times.symbol
        and totals.bar_at = display_times.bar_at
    group by totals.symbol, totals.model, totals.bar_at

),

priced as (

    select
        book.symbol,
        book.model,
        book.price_low,
        book.long_coins * {{ bin_middle('book.price_low') }} as long_quote,
        book.short_coins * {{ bin_middle('book.price_low') }} as short_quote,
        scales.long_scale,
        scales.short_scale,
        scales.long_ensemble_scale,
        scales.short_ensemble_scale,
        scales.open_interest_coins,
        book.display_at

    from book
    inner join scales
        on book.symbol = scales.symbol
        and book.model = scales.model
        and book.bar_at = scales.bar_at

),

combined as (

    select
        display_at as bar_at,
        symbol,
        model,
        price_low,
        round(long_quote * long_scale, 2) as long_quote,
        round(short_quote * short_scale, 2) as short_quote

    from priced

    union all

    select
        display_at as bar_at,
        symbol,
        'ensemble' as model,
        price_low,
        round({{ exact_sum('long_quote * long_ensemble_scale') }}, 2) as long_quote,
        round({{ exact_sum('short_quote * short_ensemble_scale') }}, 2) as short_quote

    from priced
    where open_interest_coins is not null
    group by display_at, symbol, price_low

),

final as (

    select
        bar_at,
        symbol,
        model,
        price_low,
        price_low + {{ bin_width('price_low') }} as price_high,
        long_quote,
        short_quote

    from combined
    -- to the cent, and what rounds to nothing is nothing
    where long_quote > 0 or short_quote > 0

)

select * from final
-- neighbours alike and in the order they are read: half the room
order by symbol, model, bar_at, price_low
