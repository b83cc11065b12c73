{{ config(materialized='view') }}

{#- Minutes of the stretch a forecast is for, unless observations are longer: what markets have in common is known of
    four hours. -#}
{%- set forecast_minutes = 240 %}

with

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

widths as (

    select
        symbol,
        source,
        mode(date_diff('minute', starts_at, ends_at)) as observation_minutes,
        min(starts_at) as first_starts_at

    from realised
    group by symbol, source

),

sources as (

    select
        symbol,
        source,
        observation_minutes,
        case
            when {{ forecast_minutes }} % observation_minutes = 0 then {{ forecast_minutes }} else observation_minutes
        end as forecast_minutes,
        timestamp '1970-01-01' + (
            first_starts_at
            - time_bucket(to_minutes(observation_minutes), first_starts_at, timestamp '1970-01-01')
        ) as divided_from

    from widths

)

select * from sources
