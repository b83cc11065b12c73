with

levels as (

    select
        levels.*,
        (levels.price_low + levels.price_high) / 2 as price_middle,
        levels.notional_quote * weights.share_liquidated as liquidated_quote,
        {{ function('expected_factor') }}(
            weights.share_liquidated, weights.share_liquidated_low, variances.mix_variance, priced.closing_sensitivity
        ) as expected_factor,
        weights.symbol is not null and priced.symbol is not null as is_known,
        -- That they add up to the forecast is tested by levels_add_up_to_the_forecast.
        forecasts.symbol is not null as has_forecast,
        symbols.as_of as symbol_as_of,
        symbols.mark_price

    from {{ ref('liquidation_levels') }} as levels
    left join {{ ref('symbols') }} as symbols
        on levels.symbol = symbols.symbol
    left join {{ ref('model_weights') }} as weights
        on levels.symbol = weights.symbol
        and levels.model = weights.model
        and levels.leverage_group = weights.leverage_group
    left join {{ ref('int_weights_in_force') }} as variances
        on weights.symbol = variances.symbol
        and weights.model = variances.model
        and weights.leverage_group = variances.leverage_group
    left join {{ ref('int_forecasts_in_force') }} as forecasts
        on levels.symbol = forecasts.symbol
        and levels.model = forecasts.model
    left join {{ ref('int_priced_levels') }} as priced
        on levels.symbol = priced.symbol
        and levels.model = priced.model
        and levels.side = priced.side
        and levels.leverage = priced.leverage
        and levels.price_low = priced.price_low

)

select
    symbol,
    model,
    side,
    leverage,
    price_low,
    mark_price,
    distance_pct,
    quantity_coins,
    notional_quote,
    quote_per_pct,
    liquidated_quote,
    expected_factor,
    expected_quote,
    expected_low_quote,
    expected_high_quote

from levels
where
    not is_known
    or as_of is distinct from symbol_as_of
    or leverage_group <> {{ function('leverage_group') }}(leverage)
    or abs(distance_pct - 100 * (if(side = 'long', price_high, price_low) / mark_price - 1)) > 1e-9
    or (notional_quote is null) <> (quantity_coins is null)
    or abs(notional_quote - quantity_coins * price_middle) > 1e-9 * notional_quote
    or (quote_per_pct is null) <> (notional_quote is null)
    or abs(quote_per_pct - notional_quote * price_middle / (100 * (price_high - price_low))) > 1e-6 * quote_per_pct
    or (expected_quote is null) <> (notional_quote is null)
    or (not has_forecast and abs(expected_quote - liquidated_quote) > 1e-9 * liquidated_quote)
    or (expected_low_quote is null) <> (notional_quote is null)
    or (not has_forecast and abs(expected_low_quote - liquidated_quote / expected_factor) > 1e-9 * liquidated_quote)
    or (expected_high_quote is null) <> (notional_quote is null)
    or (
        not has_forecast
        and abs(expected_high_quote - least(liquidated_quote * expected_factor, notional_quote)) > 1e-9 * notional_quote
    )
