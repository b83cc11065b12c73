with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

stretch_paths as (

    select * from {{ ref('int_stretch_paths') }}

),

observations as (

    select
        symbol,
        source,
        side,
        date_diff('minute', starts_at, ends_at) as observation_minutes,
        any_value(realised_quote) as realised_quote,
        bool_or(is_burn_in) as is_burn_in,
        max(bar_at) as last_bar_at,
        starts_at,
        ends_at

    from observed_bars
    group by symbol, source, side, starts_at, ends_at

),

-- An observation that does not lie as its source divides time is left out.
paths as (

    select
        observations.symbol,
        observations.source,
        observations.side,
        observations.observation_minutes,
        observations.realised_quote,
        stretch_paths.path_quote,
        stretch_paths.range_pct,
        observations.is_burn_in,
        observations.starts_at,
        observations.ends_at

    from observations
    inner join stretch_paths
        on observations.symbol = stretch_paths.symbol
        and observations.source = stretch_paths.source
        and observations.side = stretch_paths.side
        and observations.last_bar_at = stretch_paths.bar_at
        and observations.starts_at = stretch_paths.starts_at
        and observations.observation_minutes = stretch_paths.stretch_minutes

)

select * from paths
