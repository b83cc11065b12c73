{{ config(materialized='view') }}

with

swept_bins as (

    select * from {{ ref('int_swept_bins') }}

),

stretch_sweeps as (

    select
        symbol,
        price_low,
        stretch_at,
        min(bar_at) as swept_at

    from swept_bins
    group by symbol, price_low, stretch_at

)

select * from stretch_sweeps
