-- As history_bars, with what was observed taken from totals of a source, which lie within the display bars.
with

modelled as (

    select
        time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
        side,
        sum(swept_quote) as swept_quote,
        sum(expected_quote) as expected_quote

    from liquidation_history
    where symbol = $symbol and model = $model and bar_at >= $starts_at and bar_at < $ends_at
    group by candle_at, side

),

observed as (

    select
        time_bucket(to_minutes(cast($minutes as integer)), starts_at, timestamp '2000-01-01') as candle_at,
        side,
        sum(realised_quote) as realised_quote

    from realised_liquidations
    where symbol = $symbol and source = $source and starts_at >= $starts_at and ends_at <= $ends_at
    group by candle_at, side

)

select
    modelled.candle_at,
    modelled.side,
    modelled.swept_quote,
    modelled.expected_quote,
    observed.realised_quote

from modelled
left join observed
    on modelled.candle_at = observed.candle_at
    and modelled.side = observed.side
order by modelled.candle_at, modelled.side
