{{ config(materialized='view') }}

with

scales as (

    select * from {{ ref('book_scales') }}
    where is_display_time

),

states as (

    select * from {{ ref('book_states') }}

),

{{ heatmap_cells() }}

select * from cells
