-- What there is to draw: the first and the last column, and the minutes between two.
with

columns_shown as (

    select distinct bar_at

    from liquidation_heatmap
    where venue = $venue and symbol = $symbol and model = $model

),

steps as (

    select
        bar_at,
        bar_at - lag(bar_at) over (order by bar_at) as step

    from columns_shown

)

select
    min(bar_at) as first_column_at,
    max(bar_at) as last_column_at,
    cast(epoch(min(step)) / 60 as integer) as column_minutes

from steps
