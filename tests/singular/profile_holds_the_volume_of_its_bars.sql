with

profiled as (

    select
        symbol,
        bar_at,
        sum(quantity_coins) as quantity_coins,
        sum(notional_quote) as notional_quote

    from {{ ref('int_market_profile') }}
    group by symbol, bar_at

)

select
    bars.symbol,
    bars.bar_at,
    bars.volume_coins,
    profiled.quantity_coins,
    bars.volume_quote,
    profiled.notional_quote

from {{ ref('int_ticker_bars') }} as bars
full join profiled
    on bars.symbol = profiled.symbol
    and bars.bar_at = profiled.bar_at
where
    abs(coalesce(bars.volume_coins, 0) - coalesce(profiled.quantity_coins, 0))
    > greatest(1e-9 * coalesce(bars.volume_coins, 0), 1e-6)
    or abs(coalesce(bars.volume_quote, 0) - coalesce(profiled.notional_quote, 0))
    > greatest(1e-12 * coalesce(bars.volume_quote, 0), 0.01)
