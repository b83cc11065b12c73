{%- set clock = "timestamp '" ~ var('as_of') ~ "'" if var('as_of') else 'market_window.as_of' %}

with

days as (

    select * from {{ ref('int_days') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

ensemble_scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

-- The last bar before a display time has its column then, though it may have ended before. The newest column is that of
-- the symbol's last bar: its display time may not have come, so the column's time is the end of that bar.
bars_with_display_time as (

    select
        survival.symbol,
        days.is_fine,
        least(
            {{ function('display_time') }}(survival.bar_ends_at), greatest(market_window.as_of, {{ clock }})
        ) as display_at,
        survival.bar_at = max(survival.bar_at) over (
            partition by survival.symbol, {{ function('display_time') }}(survival.bar_ends_at)
        ) as is_display_time,
        survival.stretch_at,
        survival.bar_at,
        survival.bar_ends_at

    from survival
    inner join days
        on survival.symbol = days.symbol
        and survival.trade_date = days.trade_date
    inner join market_window
        on survival.symbol = market_window.symbol
    where days.is_kept

),

columns_of_book as (

    select
        symbol,
        is_display_time,
        case when is_display_time then display_at else bar_ends_at end as book_at,
        stretch_at,
        bar_at

    from bars_with_display_time
    where is_fine or is_display_time

),

book_scales as (

    select
        columns_of_book.book_at,
        {{ venue() }} as venue,
        totals.symbol,
        totals.model,
        totals.side,
        columns_of_book.is_display_time,
        totals.left_share * totals.scale as quantity_per_coin,
        case when totals.scale is null then totals.left_share / totals.alive_coins end as share_per_coin,
        totals.left_share * ensemble_scales.ensemble_scale as ensemble_per_coin,
        columns_of_book.stretch_at,
        columns_of_book.bar_at

    from columns_of_book
    inner join totals
        on columns_of_book.symbol = totals.symbol
        and columns_of_book.bar_at = totals.bar_at
    left join ensemble_scales
        on totals.symbol = ensemble_scales.symbol
        and totals.model = ensemble_scales.model
        and totals.side = ensemble_scales.side
        and totals.bar_at = ensemble_scales.bar_at

)

select * from book_scales
order by symbol, model, book_at, side
