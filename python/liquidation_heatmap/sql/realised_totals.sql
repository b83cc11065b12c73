-- As realised, from the finest totals between two times; each is put in the middle of its stretch of time.
with

totals as (

    select
        *,
        date_diff('minute', starts_at, ends_at) as minutes

    from realised_liquidations
    where venue = $venue and symbol = $symbol and starts_at >= $starts_at and ends_at <= $ends_at
    qualify minutes = min(minutes) over ()

)

select
    totals.starts_at + (totals.ends_at - totals.starts_at) / 2 as candle_at,
    totals.side,
    case totals.side when 'long' then min(bars.mark_low) else max(bars.mark_high) end as price,
    any_value(totals.realised_quote) as realised_quote,
    ', total of ' || any_value(totals.minutes) || ' minutes' as extent

from totals
inner join price_bars as bars
    on totals.venue = bars.venue
    and totals.symbol = bars.symbol
    and totals.starts_at <= bars.bar_at
    and totals.ends_at > bars.bar_at
group by totals.starts_at, totals.ends_at, totals.side
order by candle_at, totals.side
