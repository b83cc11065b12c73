select
    time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
    arg_min(mark_open, bar_at) as mark_open,
    max(mark_high) as mark_high,
    min(mark_low) as mark_low,
    arg_max(mark_close, bar_at) as mark_close,
    sum(volume_quote) as volume_quote,
    bool_or(is_mark_price_traded) as is_mark_price_traded

from price_bars
where venue = $venue and symbol = $symbol and bar_at >= $starts_at and bar_at < $ends_at
group by candle_at
order by candle_at
