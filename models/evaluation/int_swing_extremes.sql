with

hours as (

    select * from {{ ref('int_hourly_paths') }}

),

observations as (

    select distinct
        symbol,
        source,
        side,
        starts_at,
        ends_at

    from {{ ref('int_forecast_observations') }}

),

extremes_of_observations as (

    select
        observations.symbol,
        observations.source,
        observations.side,
        observations.starts_at,
        min(hours.path_low) as path_low,
        max(hours.path_high) as path_high

    from observations
    inner join hours
        on observations.symbol = hours.symbol
        and date_trunc('hour', observations.starts_at) <= hours.hour_at
        and observations.ends_at > hours.hour_at
    group by observations.symbol, observations.source, observations.side, observations.starts_at

),

swing_extremes as (

    select
        extremes.symbol,
        extremes.source,
        extremes.side,
        100 * greatest(coalesce(
            case extremes.side
                when 'long' then before.low_12h / extremes.path_low - 1
                else extremes.path_high / before.high_12h - 1
            end, 0
        ), 0) as beyond_12h_pct,
        100 * greatest(coalesce(
            case extremes.side
                when 'long' then before.low_24h / extremes.path_low - 1
                else extremes.path_high / before.high_24h - 1
            end, 0
        ), 0) as beyond_24h_pct,
        100 * greatest(coalesce(
            case extremes.side
                when 'long' then before.low_72h / extremes.path_low - 1
                else extremes.path_high / before.high_72h - 1
            end, 0
        ), 0) as beyond_72h_pct,
        100 * greatest(coalesce(
            case extremes.side
                when 'long' then before.low_168h / extremes.path_low - 1
                else extremes.path_high / before.high_168h - 1
            end, 0
        ), 0) as beyond_168h_pct,
        extremes.starts_at

    from extremes_of_observations as extremes
    left join hours as before
        on extremes.symbol = before.symbol
        and date_trunc('hour', extremes.starts_at) = before.hour_at

)

select * from swing_extremes
