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

-- Trades count before the kline, unless they cover less of its volume than the var trades_coverage_min.
kline_coverage as (

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

klines_not_covered as (

    select klines.*

    from klines
    inner join kline_coverage
        on klines.symbol = kline_coverage.symbol
        and klines.bar_at = kline_coverage.bar_at
        and klines.bar_minutes = kline_coverage.bar_minutes
    where not kline_coverage.is_covered

),

traded_bars as (

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

    from klines_not_covered

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
        from klines_not_covered
        where
            klines_not_covered.symbol = trade_bars.symbol
            and trade_bars.bar_at >= klines_not_covered.bar_at
            and trade_bars.bar_at < klines_not_covered.bar_at + klines_not_covered.bar_minutes * interval '1 minute'
    )

),

-- The hours that each bar has a part of, because a mark bar is found fastest by its hour.
hours_of_bars as (

    select
        symbol,
        bar_minutes,
        unnest(generate_series(
            date_trunc('hour', bar_at), bar_at + (bar_minutes - 1) * interval '1 minute', interval '1 hour'
        )) as hour_at,
        bar_at

    from traded_bars

),

-- Mark prices of each bar, on which the exchange liquidates. Mark bars longer than the bar are not used: they would
-- tell of moves before or after it.
mark_prices as (

    select
        traded_bars.symbol,
        traded_bars.bar_at,
        arg_min(mark_bars.open_price, mark_bars.bar_at) as mark_open,
        max(mark_bars.high_price) as mark_high,
        min(mark_bars.low_price) as mark_low,
        arg_max(mark_bars.close_price, mark_bars.bar_at) as mark_close

    from hours_of_bars as traded_bars
    inner join mark_bars
        on traded_bars.symbol = mark_bars.symbol
        and traded_bars.hour_at = date_trunc('hour', mark_bars.bar_at)
        and traded_bars.bar_minutes >= mark_bars.bar_minutes
        and traded_bars.bar_at <= mark_bars.bar_at
        and mark_bars.bar_at < traded_bars.bar_at + traded_bars.bar_minutes * interval '1 minute'
    group by traded_bars.symbol, traded_bars.bar_at, traded_bars.bar_minutes, mark_bars.bar_minutes
    -- Mark bars count only where they fill the whole bar: of those the archive's, then the finest.
    having sum(mark_bars.bar_minutes) = traded_bars.bar_minutes
    qualify row_number() over (
        partition by traded_bars.symbol, traded_bars.bar_at
        order by bool_and(mark_bars.is_archived) desc, mark_bars.bar_minutes
    ) = 1

),

bars as (

    select
        traded_bars.symbol,
        traded_bars.source,
        traded_bars.bar_minutes,
        traded_bars.open_price,
        traded_bars.high_price,
        traded_bars.low_price,
        traded_bars.close_price,
        coalesce(mark_prices.mark_open, traded_bars.open_price) as mark_open,
        coalesce(mark_prices.mark_high, traded_bars.high_price) as mark_high,
        coalesce(mark_prices.mark_low, traded_bars.low_price) as mark_low,
        coalesce(mark_prices.mark_close, traded_bars.close_price) as mark_close,
        mark_prices.mark_close is null as is_mark_price_traded,
        traded_bars.volume_coins,
        traded_bars.volume_quote,
        traded_bars.trade_count,
        traded_bars.is_taker_side_inferred,
        traded_bars.bar_at,
        traded_bars.bar_at + traded_bars.bar_minutes * interval '1 minute' as bar_ends_at,
        traded_bars.trade_date

    from traded_bars
    left join mark_prices
        on traded_bars.symbol = mark_prices.symbol
        and traded_bars.bar_at = mark_prices.bar_at
    where {{ known_by_as_of("traded_bars.bar_at + traded_bars.bar_minutes * interval '1 minute'") }}

)

select * from bars
