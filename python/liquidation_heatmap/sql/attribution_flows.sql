-- Open interest and what was opened and closed, per display bar. All models have the same, but begin at different bars.
with

bars as (

    select
        bar_at,
        any_value(open_interest_coins) as open_interest_coins,
        any_value(long_coins) as long_coins,
        any_value(short_coins) as short_coins,
        -- The first bar of a symbol is left out: what it shows as opened is the opening stock, which was opened before.
        any_value(opened_coins) filter (where change_coins is not null) as opened_coins,
        any_value(closed_coins) filter (where change_coins is not null) as closed_coins

    from open_interest_attribution
    where venue = $venue and symbol = $symbol and bar_at >= $starts_at and bar_at < $ends_at
    group by bar_at

)

select
    time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
    arg_max(open_interest_coins, bar_at) as open_interest_coins,
    arg_max(long_coins, bar_at) as long_coins,
    arg_max(short_coins, bar_at) as short_coins,
    sum(opened_coins) as opened_coins,
    sum(closed_coins) as closed_coins

from bars
group by candle_at
order by candle_at
