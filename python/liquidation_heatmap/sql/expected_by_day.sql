-- What a model expected and what was realised, per day and side, over the observations that bars cover to the minute.
with

observed as (

    select
        side,
        realised_quote,
        starts_at,
        ends_at

    from realised_liquidations
    where symbol = $symbol and source = $source and starts_at >= $starts_at and ends_at <= $ends_at

),

expected as (

    select
        observed.side,
        observed.starts_at,
        any_value(observed.realised_quote) as realised_quote,
        sum(history.expected_quote) as expected_quote

    from observed
    inner join liquidation_history as history
        on observed.side = history.side
        and observed.starts_at <= history.bar_at
        and observed.ends_at > history.bar_at
    inner join price_bars as bars
        on history.symbol = bars.symbol
        and history.bar_at = bars.bar_at
    where history.symbol = $symbol and history.model = $model
    group by observed.side, observed.starts_at, observed.ends_at
    having
        sum(date_diff('minute', bars.bar_at, bars.bar_ends_at))
        = date_diff('minute', observed.starts_at, observed.ends_at)

)

select
    cast(starts_at as date) as trade_date,
    side,
    sum(expected_quote) as expected_quote,
    sum(realised_quote) as realised_quote

from expected
group by trade_date, side
order by trade_date, side
