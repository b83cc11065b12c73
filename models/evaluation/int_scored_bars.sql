{{ config(materialized='view') }}

with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

scored_paths as (

    select * from {{ ref('int_scored_paths') }}

),

scored_bars as (

    select observed_bars.*

    from observed_bars
    semi join scored_paths
        on observed_bars.symbol = scored_paths.symbol
        and observed_bars.source = scored_paths.source
        and observed_bars.side = scored_paths.side
        and observed_bars.starts_at = scored_paths.starts_at

)

select * from scored_bars
