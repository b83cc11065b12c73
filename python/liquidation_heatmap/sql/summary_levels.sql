-- The largest walls of a symbol on one side, all leverages together, of the preferred model that has any.
with

model_of_symbol as (

    select model
    from liquidation_levels
    where venue = $venue and symbol = $symbol
    group by model
    order by model = $preferred_model desc, model = 'open_interest' desc, model
    limit 1

)

select
    walls.model,
    walls.price_low,
    walls.price_high,
    walls.notional_quote,
    walls.quote_per_pct,
    walls.side_share,
    walls.width_pct,
    walls.distance_pct
from walls($within_pct) as walls
inner join model_of_symbol
    on walls.model = model_of_symbol.model
where walls.venue = $venue and walls.symbol = $symbol and walls.side = $side and walls.wall_rank <= $top
order by walls.wall_rank
