-- What a model expected and what was realised, per day and side. Only observations count whose every minute bars cover.
-- Sums are of ordered rows: a page made again of the same file is the same to the last digit.
with

observations as (

    select
        side,
        realised_quote,
        starts_at,
        ends_at

    from realised_liquidations
    where venue = $venue and symbol = $symbol and source = $source and starts_at >= $starts_at and ends_at <= $ends_at

),

observations_with_expected as (

    select
        observations.side,
        observations.starts_at,
        any_value(observations.realised_quote) as realised_quote,
        sum(history.expected_quote order by history.bar_at) as expected_quote

    from observations
    inner join liquidation_history as history
        on observations.side = history.side
        and observations.starts_at <= history.bar_at
        and observations.ends_at > history.bar_at
    inner join price_bars as bars
        on history.venue = bars.venue
        and history.symbol = bars.symbol
        and history.bar_at = bars.bar_at
    where history.venue = $venue and history.symbol = $symbol and history.model = $model
    group by observations.side, observations.starts_at, observations.ends_at
    having
        sum(date_diff('minute', bars.bar_at, bars.bar_ends_at))
        = date_diff('minute', observations.starts_at, observations.ends_at)

)

select
    cast(starts_at as date) as trade_date,
    side,
    sum(expected_quote order by starts_at) as expected_quote,
    sum(realised_quote order by starts_at) as realised_quote

from observations_with_expected
group by trade_date, side
order by trade_date, side
