{{ config(materialized='view') }}

with

swept_cells as (

    select * from {{ ref('int_swept_cells') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

swept_quantities as (

    select
        swept_cells.symbol,
        swept_cells.model,
        swept_cells.side,
        swept_cells.leverage_group,
        swept_cells.price_low,
        swept_cells.alive_coins * totals.scale as swept_coins,
        swept_cells.closing_sensitivity,
        swept_cells.bar_at,
        swept_cells.previous_bar_at

    from swept_cells
    inner join totals
        on swept_cells.symbol = totals.symbol
        and swept_cells.model = totals.model
        and swept_cells.side = totals.side
        and swept_cells.previous_bar_at = totals.bar_at

)

select * from swept_quantities
