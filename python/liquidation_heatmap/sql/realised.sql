-- Realised liquidations per display bar and side. Their prices are not published: longs are put at the low of the bar,
-- shorts at its high.
select
    time_bucket(to_minutes(cast($minutes as integer)), history.bar_at, timestamp '2000-01-01') as candle_at,
    history.side,
    case history.side when 'long' then min(bars.mark_low) else max(bars.mark_high) end as price,
    sum(history.realised_quote order by history.bar_at) as realised_quote,
    '' as extent

from liquidation_history as history
inner join price_bars as bars
    on history.venue = bars.venue
    and history.symbol = bars.symbol
    and history.bar_at = bars.bar_at
where
    history.venue = $venue
    and history.symbol = $symbol
    and history.model = $model
    and history.bar_at >= $starts_at
    and history.bar_at < $ends_at
    and history.realised_quote is not null
group by candle_at, history.side
order by candle_at, history.side
