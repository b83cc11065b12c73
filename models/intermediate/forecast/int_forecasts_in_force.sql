with

fits as (

    select * from {{ ref('int_forecast_fits') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

forecasts_in_force as (

    select fits.*

    from fits
    inner join market_window
        on fits.symbol = market_window.symbol
        and fits.valid_from <= market_window.last_bar_at
    qualify row_number() over (partition by fits.symbol, fits.model order by fits.valid_from desc) = 1

)

select * from forecasts_in_force
