with

sources as (

    select * from {{ ref('int_observed_sources') }}

),

observed_paths as (

    select * from {{ ref('int_observed_paths') }}

),

stretch_paths as (

    select * from {{ ref('int_stretch_paths') }}

),

swept_amounts as (

    select * from {{ ref('int_swept_amounts') }}

),

models_of_symbols as (

    select distinct
        symbol,
        model

    from swept_amounts

),

-- Observations of the stretch that a forecast is for. One that was not observed whole is left out.
observations as (

    select
        observed_paths.symbol,
        observed_paths.source,
        observed_paths.side,
        sources.forecast_minutes as observation_minutes,
        {{ exact_sum('observed_paths.realised_quote') }} as realised_quote,
        bool_or(observed_paths.is_burn_in) as is_burn_in,
        min(observed_paths.starts_at) as starts_at,
        max(observed_paths.ends_at) as ends_at

    from observed_paths
    inner join sources
        on observed_paths.symbol = sources.symbol
        and observed_paths.source = sources.source
    group by
        observed_paths.symbol, observed_paths.source, observed_paths.side, sources.forecast_minutes,
        time_bucket(to_minutes(sources.forecast_minutes), observed_paths.starts_at, sources.divided_from)
    having sum(observed_paths.observation_minutes) = sources.forecast_minutes

),

observations_with_path as (

    select
        observations.*,
        stretch_paths.path_quote,
        stretch_paths.range_pct

    from observations
    inner join stretch_paths
        on observations.symbol = stretch_paths.symbol
        and observations.source = stretch_paths.source
        and observations.side = stretch_paths.side
        and observations.observation_minutes = stretch_paths.stretch_minutes
        and observations.starts_at = stretch_paths.starts_at
        and observations.ends_at = stretch_paths.bar_ends_at

),

sweeps as (

    select
        observations.symbol,
        observations.source,
        observations.side,
        swept_amounts.model,
        {{ exact_sum('swept_amounts.swept_quote') }} as swept_quote,
        observations.starts_at

    from observations
    inner join stretch_paths
        on observations.symbol = stretch_paths.symbol
        and observations.source = stretch_paths.source
        and observations.side = stretch_paths.side
        and observations.observation_minutes = stretch_paths.stretch_minutes
        and observations.starts_at = stretch_paths.starts_at
    inner join swept_amounts
        on stretch_paths.symbol = swept_amounts.symbol
        and stretch_paths.side = swept_amounts.side
        and stretch_paths.bar_at = swept_amounts.bar_at
    group by all

),

-- Every model has a row for every observation, also where its book had nothing on the way.
forecast_observations as (

    select
        observations.symbol,
        models_of_symbols.model,
        observations.source,
        observations.side,
        observations.observation_minutes,
        observations.realised_quote,
        observations.path_quote,
        observations.range_pct,
        coalesce(sweeps.swept_quote, 0) as swept_quote,
        observations.is_burn_in,
        observations.starts_at,
        observations.ends_at

    from observations_with_path as observations
    inner join models_of_symbols
        on observations.symbol = models_of_symbols.symbol
    left join sweeps
        on observations.symbol = sweeps.symbol
        and models_of_symbols.model = sweeps.model
        and observations.source = sweeps.source
        and observations.side = sweeps.side
        and observations.starts_at = sweeps.starts_at

)

select * from forecast_observations
