{{ config(materialized='view') }}

with

paths as (

    select * from {{ ref('int_observed_paths') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- Whole days, so that scores change by the day and not with every bar.
scored_paths as (

    select
        paths.symbol,
        paths.source,
        paths.side,
        paths.observation_minutes,
        paths.realised_quote,
        paths.path_quote,
        paths.range_pct,
        paths.is_burn_in,
        paths.starts_at,
        paths.ends_at

    from paths
    inner join market_window
        on paths.symbol = market_window.symbol
        and paths.starts_at >= date_trunc('day', market_window.history_starts_at) + interval '1 day'

)

select * from scored_paths
