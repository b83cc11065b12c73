-- How much of the open interest each model explains by itself at the end of each display bar.
select
    time_bucket(to_minutes(cast($minutes as integer)), bar_at, timestamp '2000-01-01') as candle_at,
    model,
    arg_max(attributed_ratio, bar_at) as attributed_ratio,
    bool_or(is_burn_in) as is_burn_in

from open_interest_attribution
where venue = $venue and symbol = $symbol and bar_at >= $starts_at and bar_at < $ends_at
group by candle_at, model
order by model, candle_at
