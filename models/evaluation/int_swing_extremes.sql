{#- Hours before an observation whose low and high a chart shows. -#}
{%- set horizons = [12, 24, 72, 168] %}

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
        {%- for hours in horizons %}
        min(path_low) over last_{{ hours }} as low_{{ hours }}h,
        max(path_high) over last_{{ hours }} as high_{{ hours }}h{{ ',' if not loop.last }}
        {%- endfor %}

    from hours
    window
        {%- for hours in horizons %}
        last_{{ hours }} as (
            partition by symbol order by hour_at
            range between interval {{ hours }} hours preceding and interval 1 hour preceding
        ){{ ',' if not loop.last }}
        {%- endfor %}

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
        {%- for hours in horizons %}
        100 * greatest(coalesce(
            case extremes.side
                when 'long' then before.low_{{ hours }}h / extremes.path_low - 1
                else extremes.path_high / before.high_{{ hours }}h - 1
            end, 0
        ), 0) as beyond_{{ hours }}h_pct,
        {%- endfor %}
        extremes.starts_at

    from extremes_of_observations as extremes
    left join hours_with_extremes as before
        on extremes.symbol = before.symbol
        and date_trunc('hour', extremes.starts_at) = before.hour_at

)

select * from swing_extremes
