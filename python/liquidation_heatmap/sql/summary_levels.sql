-- The largest bins of a symbol on one side, all leverages together, of the preferred model that has any. One bin per
-- whole percent of distance, because neighbours belong to the same wall.
with

model_of_symbol as (

    select model
    from liquidation_levels
    where venue = $venue and symbol = $symbol
    group by model
    order by model = $preferred_model desc, model = 'open_interest' desc, model
    limit 1

),

bins as (

    select
        bins.model,
        bins.price_low,
        bins.price_high,
        bins.notional_quote,
        bins.distance_pct
    from level_bins() as bins
    inner join model_of_symbol
        on bins.model = model_of_symbol.model
    where bins.venue = $venue and bins.symbol = $symbol and bins.side = $side and abs(bins.distance_pct) <= $within_pct
    qualify row_number() over (
        partition by floor(bins.distance_pct) order by bins.notional_quote desc, abs(bins.distance_pct)
    ) = 1

)

select * from bins
order by notional_quote desc, abs(distance_pct)
limit $top
