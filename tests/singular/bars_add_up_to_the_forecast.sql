with

-- Whole observations, each with the fit of the day on which it began.
forecasts as (

    select
        observed.symbol,
        observed.model,
        observed.side,
        observed.starts_at,
        observed.ends_at,
        exp(
            fits.level
            + if(observed.side = 'long', fits.long_slope, 0)
            + fits.path_slope * ln(observed.path_quote + fits.least_path_quote)
            + fits.range_slope * ln(observed.range_pct + fits.least_range_pct)
            + fits.swept_slope * ln(
                observed.swept_quote / (observed.path_quote + fits.least_path_quote) + fits.least_swept_ratio
            )
        ) as expected_quote

    from {{ ref('int_forecast_observations') }} as observed
    inner join {{ ref('int_forecast_fits') }} as fits
        on observed.symbol = fits.symbol
        and observed.model = fits.model
        and observed.source = fits.source
        and date_trunc('day', observed.starts_at) = fits.valid_from
    where
        -- Then a forecast never falls while its stretch goes on.
        fits.range_slope >= 0
        and fits.swept_slope between 0 and fits.path_slope

),

bars as (

    select
        forecasts.symbol,
        forecasts.model,
        forecasts.side,
        forecasts.starts_at,
        any_value(forecasts.expected_quote) as expected_quote,
        sum(history.expected_quote) as expected_of_bars

    from forecasts
    inner join {{ ref('liquidation_history') }} as history
        on forecasts.symbol = history.symbol
        and forecasts.model = history.model
        and forecasts.side = history.side
        and forecasts.starts_at <= history.bar_at
        and forecasts.ends_at > history.bar_at
    group by all
    -- What had begun before the history is in it in part.
    having min(history.bar_at) = forecasts.starts_at

)

select *
from bars
where abs(expected_of_bars - expected_quote) > 1e-6 * expected_quote + 1e-6
