with

klines as (

    select * from {{ ref('int_klines_chosen') }}

),

trade_bars as (

    select * from {{ ref('int_trade_bars_5m') }}

),

mark_bars as (

    select * from {{ ref('stg_binance__mark_price_bars') }}

),

-- trades are better than bars, unless they cover only part of what the bar says was traded
trade_volume_of_kline as (

    select
        klines.symbol,
        klines.bar_at,
        klines.bar_minutes,
        count(trade_bars.bar_at) > 0
        and sum(trade_bars.volume_coins) >= {{ var('trades_coverage_min') }} * max(klines.volume_coins) as is_covered

    from klines
    left join trade_bars
        on klines.symbol = trade_bars.symbol
        and klines.bar_at <= trade_bars.bar_at
        and trade_bars.bar_at < klines.bar_at + klines.bar_minutes * interval '1 minute'
    group by klines.symbol, klines.bar_at, klines.bar_minutes

),

from_klines as (

    select klines.*

    from klines
    inner join trade_volume_of_kline
        on klines.symbol = trade_volume_of_kline.symbol
        and klines.bar_at = trade_volume_of_kline.bar_at
        and klines.bar_minutes = trade_volume_of_kline.bar_minutes
    where not trade_volume_of_kline.is_covered

),

combined as (

    select
        symbol,
        'bars' as source,
        bar_minutes,
        open_price,
        high_price,
        low_price,
        close_price,
        volume_coins,
        volume_quote,
        trade_count,
        is_taker_side_inferred,
        bar_at,
        trade_date

    from from_klines

    union all

    select
        trade_bars.symbol,
        'trades' as source,
        {{ var('bar_minutes') }} as bar_minutes,
        trade_bars.open_price,
        trade_bars.high_price,
        trade_bars.low_price,
        trade_bars.close_price,
        trade_bars.volume_coins,
        trade_bars.volume_quote,
        trade_bars.trade_count,
        false as is_taker_side_inferred,
        trade_bars.bar_at,
        trade_bars.trade_date

    from trade_bars
    where not exists (
        select 1
        from from_klines
        where
            from_klines.symbol = trade_bars.symbol
            and trade_bars.bar_at >= from_klines.bar_at
            and trade_bars.bar_at < from_klines.bar_at + from_klines.bar_minutes * interval '1 minute'
    )

),

-- the exchange liquidates on the mark price; a mark bar longer than ours would tell of moves before or after it
mark_prices as (

    select
        combined.symbol,
        combined.bar_at,
        arg_min(mark_bars.open_price, mark_bars.bar_at) as mark_open,
        max(mark_bars.high_price) as mark_high,
        min(mark_bars.low_price) as mark_low,
        arg_max(mark_bars.close_price, mark_bars.bar_at) as mark_close

    from combined
    inner join mark_bars
        on combined.symbol = mark_bars.symbol
        and combined.bar_minutes >= mark_bars.bar_minutes
        and combined.bar_at <= mark_bars.bar_at
        and mark_bars.bar_at < combined.bar_at + combined.bar_minutes * interval '1 minute'
    group by combined.symbol, combined.bar_at, combined.bar_minutes, mark_bars.bar_minutes
    -- only where mark bars fill the whole of it, and of those the finest
    having sum(mark_bars.bar_minutes) = combined.bar_minutes
    qualify row_number() over (
        partition by combined.symbol, combined.bar_at order by mark_bars.bar_minutes
    ) = 1

),

bars as (

    select
        combined.symbol,
        combined.source,
        combined.bar_minutes,
        combined.open_price,
        combined.high_price,
        combined.low_price,
        combined.close_price,
        coalesce(mark_prices.mark_open, combined.open_price) as mark_open,
        coalesce(mark_prices.mark_high, combined.high_price) as mark_high,
        coalesce(mark_prices.mark_low, combined.low_price) as mark_low,
        coalesce(mark_prices.mark_close, combined.close_price) as mark_close,
        mark_prices.mark_close is null as is_mark_price_traded,
        combined.volume_coins,
        combined.volume_quote,
        combined.trade_count,
        combined.is_taker_side_inferred,
        combined.bar_at,
        combined.bar_at + combined.bar_minutes * interval '1 minute' as bar_ends_at,
        combined.trade_date

    from combined
    left join mark_prices
        on combined.symbol = mark_prices.symbol
        and combined.bar_at = mark_prices.bar_at
    where {{ known_by_as_of("combined.bar_at + combined.bar_minutes * interval '1 minute'") }}

)

select * from bars
