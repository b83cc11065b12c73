with

fits as (

    select * from {{ ref('int_forecast_fits') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

forecasts_in_force as (

    select
        fits.symbol,
        fits.model,
        fits.source,
        fits.observation_minutes,
        fits.level,
        fits.long_slope,
        fits.path_slope,
        fits.range_slope,
        fits.swept_slope,
        fits.least_path_quote,
        fits.least_range_pct,
        fits.least_swept_ratio,
        fits.middling_from_quote,
        fits.large_from_quote,
        fits.small_ratios,
        fits.middling_ratios,
        fits.large_ratios,
        fits.observations,
        fits.valid_from

    from fits
    inner join market_window
        on fits.symbol = market_window.symbol
        and fits.valid_from = date_trunc('day', market_window.last_bar_at)

)

select * from forecasts_in_force
