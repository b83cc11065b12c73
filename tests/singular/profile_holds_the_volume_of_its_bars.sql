with

profile_bars as (

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
    profile_bars.quantity_coins,
    bars.volume_quote,
    profile_bars.notional_quote

from {{ ref('int_ticker_bars') }} as bars
full join profile_bars
    on bars.symbol = profile_bars.symbol
    and bars.bar_at = profile_bars.bar_at
where
    abs(coalesce(bars.volume_coins, 0) - coalesce(profile_bars.quantity_coins, 0))
    > greatest(1e-9 * coalesce(bars.volume_coins, 0), 1e-6)
    or abs(coalesce(bars.volume_quote, 0) - coalesce(profile_bars.notional_quote, 0))
    > greatest(1e-12 * coalesce(bars.volume_quote, 0), 0.01)
