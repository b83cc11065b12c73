-- The largest bins of a symbol on one side, one per whole percent of distance, because neighbours belong to the same wall:
-- all leverages of a bin together, from the preferred model that has any.
with

model_of_symbol as (

    select model
    from liquidation_levels
    where symbol = $symbol
    group by model
    order by model = $preferred_model desc, model = 'open_interest' desc, model
    limit 1

),

bins as (

    select
        levels.model,
        levels.price_low,
        levels.price_high,
        sum(levels.notional_quote) as notional_quote,
        any_value(levels.distance_pct) as distance_pct
    from liquidation_levels as levels
    inner join model_of_symbol
        on levels.model = model_of_symbol.model
    where levels.symbol = $symbol and levels.side = $side and abs(levels.distance_pct) <= $within_pct
    group by levels.model, levels.price_low, levels.price_high
    qualify row_number() over (
        partition by floor(any_value(levels.distance_pct)) order by sum(levels.notional_quote) desc, levels.price_low
    ) = 1

)

select * from bins
order by notional_quote desc, abs(distance_pct)
limit $top
