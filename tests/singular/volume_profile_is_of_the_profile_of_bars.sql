with

recomputed_profile as (

    select
        symbol,
        trade_date,
        price_low,
        {{ function('bin_ceiling') }}(price_low) as price_high,
        sum(notional_quote) as total_volume_quote,
        sum(notional_quote) filter (where taker_side = 'buy') as buy_volume_quote,
        sum(notional_quote) filter (where taker_side = 'sell') as sell_volume_quote,
        cast(sum(trade_count) as bigint) as trade_count,
        bool_or(source = 'trades') as is_from_trades,
        bool_or(source = 'bars') as is_from_bars

    from {{ ref('int_market_profile') }}
    group by symbol, trade_date, price_low

)

select
    profile.symbol,
    profile.trade_date,
    profile.price_low,
    profile.total_volume_quote,
    recomputed_profile.total_volume_quote as recomputed_volume_quote

from {{ ref('volume_profile_daily') }} as profile
full join recomputed_profile
    on profile.symbol = recomputed_profile.symbol
    and profile.trade_date = recomputed_profile.trade_date
    and profile.price_low = recomputed_profile.price_low
where
    profile.symbol is null
    or recomputed_profile.symbol is null
    or profile.price_high <> recomputed_profile.price_high
    or profile.trade_count is distinct from recomputed_profile.trade_count
    or profile.source <> concat_ws('+', if(is_from_bars, 'bars', null), if(is_from_trades, 'trades', null))
    or greatest(
        abs(profile.total_volume_quote - recomputed_profile.total_volume_quote),
        abs(profile.buy_volume_quote - coalesce(recomputed_profile.buy_volume_quote, 0)),
        abs(profile.sell_volume_quote - coalesce(recomputed_profile.sell_volume_quote, 0))
    ) > 1e-9 * recomputed_profile.total_volume_quote + 1e-6
