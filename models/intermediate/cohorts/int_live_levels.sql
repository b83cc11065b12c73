{{ config(materialized='table') }}

with

cohorts as (

    {% for model in var('cohort_models') -%}
        select * from {{ ref('int_cohorts__' ~ model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

extremes as (

    select * from {{ ref('int_price_extremes_after') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

models as (

    select * from {{ ref('models') }}

),

binned as (

    select
        *,
        {{ bin_floor('liquidation_price') }} as price_low,
        {{ bin_ceiling('liquidation_price') }} as price_high

    from cohorts
    -- a long at one times its margin is liquidated at zero, that is, never
    where liquidation_price > 0

),

-- a cohort is gone once the price has been in its bin in any later bar; its own bar cannot close what it opened
living as (

    select binned.*

    from binned
    inner join extremes
        on binned.symbol = extremes.symbol
        and binned.opened_at = extremes.bar_at
    where
        case binned.side
            when 'long' then binned.price_high <= extremes.lowest_mark_after
            else binned.price_low > extremes.highest_mark_after
        end

),

levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        price_high,
        {{ exact_sum('quantity_coins') }} as quantity_coins,
        {{ exact_sum('quantity_coins * liquidation_price') }} as notional_quote

    from living
    group by symbol, model, side, leverage, price_low, price_high

),

side_totals as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('quantity_coins') }} as total_coins

    from levels
    group by symbol, model, side

),

-- what survives of a model that claims to hold the open interest is scaled to hold all of it
scaled as (

    select
        levels.symbol,
        levels.model,
        levels.side,
        levels.leverage,
        levels.price_low,
        levels.price_high,
        levels.quantity_coins * case
            when models.is_reconciled then market_window.open_interest_coins / side_totals.total_coins
            else 1
        end as quantity_coins,
        levels.notional_quote * case
            when models.is_reconciled then market_window.open_interest_coins / side_totals.total_coins
            else 1
        end as notional_quote,
        market_window.mark_price,
        market_window.as_of

    from levels
    inner join side_totals
        on levels.symbol = side_totals.symbol
        and levels.model = side_totals.model
        and levels.side = side_totals.side
    inner join models
        on levels.model = models.model
    inner join market_window
        on levels.symbol = market_window.symbol

)

select * from scaled
where quantity_coins > 0
