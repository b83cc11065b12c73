{{ config(materialized='view') }}

with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

observed_symbols as (

    select distinct symbol
    from {{ ref('int_observed_paths') }}

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

-- Lows and highs are of the hours before, which anyone sees in a chart.
hourly_paths as (

    select
        symbol,
        path_low,
        path_high,
        min(path_low) over last_12 as low_12h,
        max(path_high) over last_12 as high_12h,
        min(path_low) over last_24 as low_24h,
        max(path_high) over last_24 as high_24h,
        min(path_low) over last_72 as low_72h,
        max(path_high) over last_72 as high_72h,
        min(path_low) over last_168 as low_168h,
        max(path_high) over last_168 as high_168h,
        hour_at

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

)

select * from hourly_paths
