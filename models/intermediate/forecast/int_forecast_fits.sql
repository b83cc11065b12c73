with

fitted_forecasts as (

    select * from {{ ref('int_fitted_forecasts') }}

),

-- A table of pandas without rows has no type for lists, so they come as text.
forecast_fits as (

    select
        symbol,
        model,
        source,
        observation_minutes,
        level,
        long_slope,
        path_slope,
        range_slope,
        swept_slope,
        least_path_quote,
        least_range_pct,
        least_swept_ratio,
        middling_from_quote,
        large_from_quote,
        cast(small_ratios as double[]) as small_ratios,
        cast(middling_ratios as double[]) as middling_ratios,
        cast(large_ratios as double[]) as large_ratios,
        observations,
        valid_from

    from fitted_forecasts

)

select * from forecast_fits
