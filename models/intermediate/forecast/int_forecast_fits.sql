with

fitted_forecasts as (

    select * from {{ ref('int_fitted_forecasts') }}

),

-- A table of pandas without rows has no type for lists, so they come as text.
forecast_fits as (

    select
        * replace (
            cast(small_ratios as double[]) as small_ratios,
            cast(middling_ratios as double[]) as middling_ratios,
            cast(large_ratios as double[]) as large_ratios
        )

    from fitted_forecasts

)

select * from forecast_fits
