with

model_levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        side_share

    from {{ ref('int_levels') }}

),

weights as (

    select distinct
        symbol,
        model,
        weight

    from {{ ref('model_weights') }}

),

sides as (

    select distinct
        symbol,
        model,
        side

    from model_levels

),

-- The weight of each model among those that have a book on the side.
side_weights as (

    select
        sides.symbol,
        sides.model,
        sides.side,
        weights.weight / sum(weights.weight) over (partition by sides.symbol, sides.side) as weight

    from sides
    inner join weights
        on sides.symbol = weights.symbol
        and sides.model = weights.model

),

weighted_levels as (

    select
        model_levels.*,
        side_weights.weight

    from model_levels
    inner join side_weights
        on model_levels.symbol = side_weights.symbol
        and model_levels.model = side_weights.model
        and model_levels.side = side_weights.side

),

levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        side_share

    from model_levels

    union all

    -- The ensemble is the mean of the models' shares, where open interest gives them a common measure.
    select
        weighted_levels.symbol,
        'ensemble' as model,
        weighted_levels.side,
        weighted_levels.leverage,
        weighted_levels.price_low,
        sum(weighted_levels.weight * weighted_levels.side_share) as side_share

    from weighted_levels
    inner join {{ ref('symbols') }} as symbols
        on weighted_levels.symbol = symbols.symbol
        and symbols.open_interest_coins is not null
    where weighted_levels.weight > 0
    group by weighted_levels.symbol, weighted_levels.side, weighted_levels.leverage, weighted_levels.price_low

),

recomputed_levels as (

    select
        levels.*,
        levels.side_share * symbols.open_interest_coins as quantity_coins,
        -- Coins of the ensemble have 15 decimals.
        1e-8 * levels.side_share + coalesce(1e-12 / symbols.open_interest_coins, 0) as rounding_share

    from levels
    inner join {{ ref('symbols') }} as symbols
        on levels.symbol = symbols.symbol

)

select
    coalesce(published.symbol, recomputed.symbol) as symbol,
    coalesce(published.model, recomputed.model) as model,
    published.price_low,
    recomputed.price_low as recomputed_price_low,
    published.quantity_coins,
    recomputed.quantity_coins as recomputed_coins,
    published.side_share,
    recomputed.side_share as recomputed_share

from {{ ref('liquidation_levels') }} as published
full join recomputed_levels as recomputed
    on published.symbol = recomputed.symbol
    and published.model = recomputed.model
    and published.side = recomputed.side
    and published.leverage = recomputed.leverage
    and published.price_low = recomputed.price_low
where
    -- Levels of next to nothing may round to nothing.
    (published.symbol is null and recomputed.side_share > 1e-12)
    or recomputed.symbol is null
    or (published.quantity_coins is null) <> (recomputed.quantity_coins is null)
    or abs(published.quantity_coins - recomputed.quantity_coins) > 1e-8 * recomputed.quantity_coins + 1e-12
    or abs(published.side_share - recomputed.side_share) > recomputed.rounding_share
