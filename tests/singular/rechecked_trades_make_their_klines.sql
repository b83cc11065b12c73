{{ config(severity='warn') }}
with

klines as (

    select
        symbol,
        bar_at,
        bar_at + to_minutes(bar_minutes) as bar_ends_at,
        trade_date,
        low_price,
        high_price,
        volume_coins

    from {{ ref('stg_binance__bars') }}
    where
        {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'aggTrades') }}
        or {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'trades') }}
    qualify bar_minutes = min(bar_minutes) over (partition by symbol, trade_date)

),

trades as (

    select
        'aggTrades' as dataset,
        symbol,
        price,
        quantity_coins,
        traded_at,
        trade_date

    from {{ ref('stg_binance__aggregate_trades') }}
    where {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'aggTrades') }}

    union all

    select
        'trades' as dataset,
        symbol,
        price,
        quantity_coins,
        traded_at,
        trade_date

    from {{ ref('stg_binance__trades') }}
    where {{ partitions_to_recheck(ref('stg_binance__lake_partitions'), 'trades') }}

),

traded_klines as (

    select
        trades.dataset,
        trades.symbol,
        trades.trade_date,
        klines.bar_at,
        klines.bar_ends_at,
        any_value(klines.low_price) as low_price,
        any_value(klines.high_price) as high_price,
        any_value(klines.volume_coins) as volume_coins,
        min(trades.price) as lowest_trade,
        max(trades.price) as highest_trade,
        {{ exact_sum('trades.quantity_coins', 8) }} as traded_coins,
        min(trades.traded_at) as first_traded_at,
        max(trades.traded_at) as last_traded_at

    from trades
    asof inner join klines
        on trades.symbol = klines.symbol
        and trades.traded_at >= klines.bar_at
    where trades.traded_at < klines.bar_ends_at
    group by trades.dataset, trades.symbol, trades.trade_date, klines.bar_at, klines.bar_ends_at

),

covered_klines as (

    select *

    from traded_klines
    window of_file as (partition by dataset, symbol, trade_date)
    qualify
        bar_at >= min(first_traded_at) over of_file
        and bar_ends_at <= max(last_traded_at) over of_file

)

select *

from covered_klines
where
    lowest_trade < low_price
    or highest_trade > high_price
    -- Coins have at most eight decimals, and a thousandth of the bar is more than any rounding in the files.
    or abs(traded_coins - volume_coins) > greatest(1e-8, volume_coins * 1e-3)
