-- As history_bars, with observations from the totals of one source, each added to the display bar that it starts in.
with

model_bars as (

    select
        time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
        side,
        sum(swept_quote) as swept_quote,
        sum(expected_quote) as expected_quote

    from liquidation_history
    where venue = $venue and symbol = $symbol and model = $model and bar_at >= $starts_at and bar_at < $ends_at
    group by candle_at, side

),

observed_bars as (

    select
        time_bucket(to_minutes(cast($minutes as integer)), starts_at, timestamp '2000-01-01') as candle_at,
        side,
        sum(realised_quote) as realised_quote

    from realised_liquidations
    where venue = $venue and symbol = $symbol and source = $source and starts_at >= $starts_at and ends_at <= $ends_at
    group by candle_at, side

)

select
    model_bars.candle_at,
    model_bars.side,
    model_bars.swept_quote,
    model_bars.expected_quote,
    observed_bars.realised_quote

from model_bars
left join observed_bars
    on model_bars.candle_at = observed_bars.candle_at
    and model_bars.side = observed_bars.side
order by model_bars.candle_at, model_bars.side
