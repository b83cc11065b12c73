with

held as (

    select
        symbol,
        model,
        side,
        sum(quantity_coins) as quantity_coins

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side

)

select
    held.symbol,
    held.model,
    held.side,
    held.quantity_coins,
    market_window.open_interest_coins

from held
left join {{ ref('models') }} as models
    on held.model = models.model
inner join {{ ref('int_market_window') }} as market_window
    on held.symbol = market_window.symbol
where
    coalesce(models.book, 'ensemble') <> 'gross'
    and abs(held.quantity_coins - market_window.open_interest_coins)
    > 1e-9 * greatest(market_window.open_interest_coins, 1)
