with

swept_quantities as (

    select * from {{ ref('int_swept_quantities') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

swept as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('swept_coins * ' ~ bin_middle('price_low')) }} as swept_quote,
        bar_at

    from swept_quantities
    group by symbol, model, side, bar_at

    union all

    select
        symbol,
        'ensemble' as model,
        side,
        {{ exact_sum('ensemble_coins * ' ~ bin_middle('price_low')) }} as swept_quote,
        bar_at

    from swept_quantities
    where ensemble_coins is not null
    group by symbol, side, bar_at

),

-- a model speaks of every bar from the one after it first held a book
speaking as (

    select
        symbol,
        model,
        min(bar_at) as first_book_at

    from totals
    group by symbol, model

    union all

    select
        symbol,
        'ensemble' as model,
        min(bar_at) as first_book_at

    from totals
    where open_interest_coins is not null
    group by symbol

),

final as (

    select
        bars.bar_at,
        speaking.symbol,
        speaking.model,
        sides.side,
        coalesce(swept.swept_quote, 0) as swept_quote,
        -- how much of what is swept is really liquidated is not known before it has been fitted
        cast(null as double) as expected_quote,
        realised.realised_quote,
        bars.mark_open,
        bars.mark_close

    from speaking
    cross join (values ('long'), ('short')) as sides (side)
    inner join market_window
        on speaking.symbol = market_window.symbol
    inner join bars
        on speaking.symbol = bars.symbol
        and speaking.first_book_at < bars.bar_at
        and market_window.history_starts_at <= bars.bar_at
    left join swept
        on speaking.symbol = swept.symbol
        and speaking.model = swept.model
        and sides.side = swept.side
        and bars.bar_at = swept.bar_at
    left join realised
        on speaking.symbol = realised.symbol
        and sides.side = realised.side
        and bars.bar_at = realised.bar_at

)

select * from final
