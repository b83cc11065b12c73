with

bars as (

    select * from {{ ref('int_bars') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- Candles are counted back from the last bar, so that the last one is as long as the others.
bars_with_candle as (

    select
        bars.symbol,
        bars.mark_high,
        bars.mark_low,
        bars.mark_close,
        bars.bar_at,
        date_diff('minute', bars.bar_ends_at, market_window.as_of) // {{ var('atr_minutes') }} as candles_ago

    from bars
    inner join market_window
        on bars.symbol = market_window.symbol
    where bars.bar_ends_at > market_window.as_of - {{ var('atr_minutes') * var('atr_candles') }} * interval '1 minute'

),

candles as (

    select
        symbol,
        candles_ago,
        max(mark_high) as mark_high,
        min(mark_low) as mark_low,
        arg_max(mark_close, bar_at) as mark_close

    from bars_with_candle
    group by symbol, candles_ago

),

-- A true range includes the step from the close of the candle right before. After a gap there is none, and the step is
-- left out: it did not happen within a candle.
true_ranges as (

    select
        candles.symbol,
        greatest(candles.mark_high, previous.mark_close)
        - least(candles.mark_low, previous.mark_close) as true_range_quote

    from candles
    left join candles as previous
        on candles.symbol = previous.symbol
        and candles.candles_ago + 1 = previous.candles_ago

),

average_true_ranges as (

    select
        symbol,
        {{ exact_sum('true_range_quote', decimals=20) }} / count(*) as average_true_range_quote

    from true_ranges
    group by symbol

)

select * from average_true_ranges
