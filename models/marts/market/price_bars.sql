with

bars as (

    select * from {{ ref('int_bars') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

price_bars as (

    select
        bars.bar_at,
        {{ venue() }} as venue,
        bars.symbol,
        bars.source,
        bars.mark_open,
        bars.mark_high,
        bars.mark_low,
        bars.mark_close,
        bars.volume_coins,
        bars.volume_quote,
        bars.is_mark_price_traded,
        bars.bar_ends_at

    from bars
    inner join market_window
        on bars.symbol = market_window.symbol
        and bars.bar_at >= market_window.history_starts_at

)

select * from price_bars
