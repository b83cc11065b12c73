-- The chance that moves of 1, 2 and 5 percent really liquidate more than an amount, on either side.
with

curve as (

    select * from at_risk_curve($symbol, model := $model, venue := $venue, more_than := $more_than)

),

moves as (

    select unnest([1, 2, 5]) as within_pct

)

select
    moves.within_pct,
    max(curve.chance) filter (curve.side = 'long') as long_chance,
    max(curve.chance) filter (curve.side = 'short') as short_chance

from moves
inner join curve
    on is_reached(curve.side, curve.distance_pct, moves.within_pct)
where curve.chance is not null
group by moves.within_pct
order by moves.within_pct
