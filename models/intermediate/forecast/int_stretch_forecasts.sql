with

stretch_paths as (

    select * from {{ ref('int_stretch_paths') }}

),

swept_amounts as (

    select * from {{ ref('int_swept_amounts') }}

),

sources as (

    select * from {{ ref('int_observed_sources') }}

),

fits as (

    select
        * exclude (small_ratios, middling_ratios, large_ratios),
        {{ interval_factors() }}

    from {{ ref('int_forecast_fits') }}

),

-- The days that have a fit: stretches of others have no forecast.
days_with_fit as (

    select distinct
        symbol,
        model,
        valid_from as fit_at

    from fits

),

swept_by_bar as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('swept_quote') }} as swept_quote,
        bar_at

    from swept_amounts
    group by symbol, model, side, bar_at

),

paths_with_swept as (

    select
        stretch_paths.symbol,
        days_with_fit.model,
        stretch_paths.source,
        stretch_paths.side,
        stretch_paths.path_quote,
        stretch_paths.range_pct,
        {{ exact_sum('coalesce(swept_by_bar.swept_quote, 0)', over="""over (
            partition by
                stretch_paths.symbol, days_with_fit.model, stretch_paths.source, stretch_paths.side,
                stretch_paths.starts_at
            order by stretch_paths.bar_at
        )""") }} as swept_quote,
        stretch_paths.starts_at,
        stretch_paths.bar_at

    from stretch_paths
    inner join sources
        on stretch_paths.symbol = sources.symbol
        and stretch_paths.source = sources.source
        and stretch_paths.stretch_minutes = sources.forecast_minutes
    inner join days_with_fit
        on stretch_paths.symbol = days_with_fit.symbol
        and date_trunc('day', stretch_paths.starts_at) = days_with_fit.fit_at
    left join swept_by_bar
        on stretch_paths.symbol = swept_by_bar.symbol
        and days_with_fit.model = swept_by_bar.model
        and stretch_paths.side = swept_by_bar.side
        and stretch_paths.bar_at = swept_by_bar.bar_at

),

-- The fit of the day on which the stretch began. Where stretches of two sources overlap, the newer fit counts.
forecasts_so_far as (

    select
        paths.symbol,
        paths.model,
        paths.side,
        {{ expected_by_fit('fits', 'paths') }} as expected_so_far,
        fits.middling_from_quote,
        fits.large_from_quote,
        fits.small_low,
        fits.small_high,
        fits.middling_low,
        fits.middling_high,
        fits.large_low,
        fits.large_high,
        fits.valid_from,
        paths.starts_at,
        paths.bar_at

    from paths_with_swept as paths
    inner join fits
        on paths.symbol = fits.symbol
        and paths.model = fits.model
        and paths.source = fits.source
        and date_trunc('day', paths.starts_at) = fits.valid_from
    qualify row_number() over (
        partition by paths.symbol, paths.model, paths.side, paths.bar_at order by fits.valid_from desc
    ) = 1

),

-- A forecast is of all that happened since the stretch began. What a bar adds to it is the bar's.
grown_forecasts as (

    select
        *,
        max(expected_so_far) over (
            partition by symbol, model, side, starts_at order by bar_at
        ) as grown_quote

    from forecasts_so_far

),

forecasts_of_bars as (

    select
        symbol,
        model,
        side,
        grown_quote - coalesce(
            lag(grown_quote) over (partition by symbol, model, side, starts_at order by bar_at), 0
        ) as expected_quote,
        {{ interval_factor('grown_quote', 'low') }} as low_factor,
        {{ interval_factor('grown_quote', 'high') }} as high_factor,
        grown_quote as expected_so_far_quote,
        starts_at,
        bar_at

    from grown_forecasts

),

stretch_forecasts as (

    select
        symbol,
        model,
        side,
        expected_quote,
        expected_quote * low_factor as expected_low_quote,
        expected_quote * high_factor as expected_high_quote,
        expected_so_far_quote,
        starts_at,
        bar_at

    from forecasts_of_bars

)

select * from stretch_forecasts
