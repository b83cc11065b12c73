{{ config(materialized='view') }}

with

survival as (

    select * from {{ ref('int_survival') }}

),

stretches as (

    select
        symbol,
        any_value(log_survival_at_start) as log_survival_at_start,
        arg_max(log_survival, bar_at) as log_survival_at_end,
        trade_date,
        stretch_at,
        max(bar_ends_at) as stretch_ends_at

    from survival
    group by symbol, trade_date, stretch_at

)

select * from stretches
