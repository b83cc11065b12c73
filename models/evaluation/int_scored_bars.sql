{{ config(materialized='view') }}

with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

scored_paths as (

    select * from {{ ref('int_scored_paths') }}

),

scored_bars as (

    select
        observed_bars.symbol,
        observed_bars.source,
        observed_bars.side,
        observed_bars.price_before,
        observed_bars.adverse_price,
        observed_bars.adverse_move,
        observed_bars.path_low,
        observed_bars.path_high,
        observed_bars.open_interest_quote,
        observed_bars.is_burn_in,
        observed_bars.bar_at,
        observed_bars.bar_ends_at,
        observed_bars.realised_quote,
        observed_bars.starts_at,
        observed_bars.ends_at

    from observed_bars
    semi join scored_paths
        on observed_bars.symbol = scored_paths.symbol
        and observed_bars.source = scored_paths.source
        and observed_bars.side = scored_paths.side
        and observed_bars.starts_at = scored_paths.starts_at

)

select * from scored_bars
