with

levels as (

    select * from {{ ref('int_priced_levels') }}

),

bins as (

    select * from {{ ref('int_level_bins') }}

),

forecasts as (

    select * from {{ ref('int_bin_forecasts') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

weights as (

    select * from {{ ref('int_weights_in_force') }}

),

levels_with_share_liquidated as (

    select
        levels.*,
        weights.kappa,
        {{ function('expected_factor') }}(
            weights.kappa, weights.kappa_low, weights.mix_variance, levels.closing_sensitivity
        ) as expected_factor

    from levels
    inner join weights
        on levels.symbol = weights.symbol
        and levels.model = weights.model
        and levels.leverage_group = weights.leverage_group

),

liquidation_levels as (

    select
        market_window.as_of,
        {{ venue() }} as venue,
        levels.symbol,
        levels.model,
        levels.side,
        cast(levels.leverage as double) as leverage,
        levels.price_low,
        levels.price_high,
        levels.quantity_coins,
        levels.notional_quote,
        coalesce(
            forecasts.expected_quote * levels.notional_quote / forecasts.notional_quote,
            levels.notional_quote * levels.kappa
        ) as expected_quote,
        bins.cumulative_quote,
        {{ function('distance_pct') }}(
            {{ function('near_edge') }}(levels.side, levels.price_low, levels.price_high), market_window.mark_price
        ) as distance_pct,
        levels.leverage_group,
        coalesce(
            forecasts.expected_low_quote * levels.notional_quote / forecasts.notional_quote,
            levels.notional_quote * levels.kappa / levels.expected_factor
        ) as expected_low_quote,
        coalesce(
            forecasts.expected_high_quote * levels.notional_quote / forecasts.notional_quote,
            levels.notional_quote * least(levels.kappa * levels.expected_factor, 1)
        ) as expected_high_quote,
        {{ function('per_pct') }}(levels.notional_quote, levels.price_low) as quote_per_pct,
        levels.side_share,
        bins.cumulative_share

    from levels_with_share_liquidated as levels
    inner join market_window
        on levels.symbol = market_window.symbol
    inner join bins
        on levels.symbol = bins.symbol
        and levels.model = bins.model
        and levels.side = bins.side
        and levels.price_low = bins.price_low
    -- Before enough liquidations have been observed for a forecast, a share of the level is expected.
    left join forecasts
        on levels.symbol = forecasts.symbol
        and levels.model = forecasts.model
        and levels.side = forecasts.side
        and levels.price_low = forecasts.price_low

)

select * from liquidation_levels
