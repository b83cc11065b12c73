with

side_totals as (

    select
        symbol,
        model,
        side,
        sum(quantity_coins) as quantity_coins

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side

)

select
    side_totals.symbol,
    side_totals.model,
    side_totals.side,
    side_totals.quantity_coins,
    market_window.open_interest_coins

from side_totals
left join {{ ref('models') }} as models
    on side_totals.model = models.model
inner join {{ ref('int_market_window') }} as market_window
    on side_totals.symbol = market_window.symbol
where
    coalesce(models.book, 'ensemble') <> 'gross'
    and abs(side_totals.quantity_coins - market_window.open_interest_coins)
    > 1e-9 * greatest(market_window.open_interest_coins, 1)
