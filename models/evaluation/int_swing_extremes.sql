with

flows as (

    select * from {{ ref('int_bar_flows') }}

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

observed_symbols as (

    select distinct symbol
    from observations

),

hours as (

    select
        flows.symbol,
        min(flows.path_low) as path_low,
        max(flows.path_high) as path_high,
        date_trunc('hour', flows.bar_at) as hour_at

    from flows
    semi join observed_symbols
        on flows.symbol = observed_symbols.symbol
    where flows.path_low is not null
    group by flows.symbol, date_trunc('hour', flows.bar_at)

),

hours_with_extremes as (

    select
        *,
        min(path_low) over last_12 as low_12h,
        max(path_high) over last_12 as high_12h,
        min(path_low) over last_24 as low_24h,
        max(path_high) over last_24 as high_24h,
        min(path_low) over last_72 as low_72h,
        max(path_high) over last_72 as high_72h,
        min(path_low) over last_168 as low_168h,
        max(path_high) over last_168 as high_168h

    from hours
    window
        last_12 as (
            partition by symbol order by hour_at
            range between interval 12 hours preceding and interval 1 hour preceding
        ),
        last_24 as (
            partition by symbol order by hour_at
            range between interval 24 hours preceding and interval 1 hour preceding
        ),
        last_72 as (
            partition by symbol order by hour_at
            range between interval 72 hours preceding and interval 1 hour preceding
        ),
        last_168 as (
            partition by symbol order by hour_at
            range between interval 168 hours preceding and interval 1 hour preceding
        )

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
    left join hours_with_extremes as before
        on extremes.symbol = before.symbol
        and date_trunc('hour', extremes.starts_at) = before.hour_at

)

select * from swing_extremes
