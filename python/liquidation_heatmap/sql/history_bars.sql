-- What the model says per display bar and side, beside what was observed; null where nobody looked.
select
    time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
    side,
    sum(swept_quote) as swept_quote,
    sum(expected_quote) as expected_quote,
    sum(realised_quote) as realised_quote

from liquidation_history
where venue = $venue and symbol = $symbol and model = $model and bar_at >= $starts_at and bar_at < $ends_at
group by candle_at, side
order by candle_at, side
