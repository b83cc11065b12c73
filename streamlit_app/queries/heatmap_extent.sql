-- What there is to draw: the first and the last column, and the minutes between two.
with

columns_shown as (

    select distinct book_at

    from book_scales
    where
        venue = $venue
        and symbol = $symbol
        and is_display_time
        and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))

),

steps as (

    select
        book_at,
        book_at - lag(book_at) over (order by book_at) as step

    from columns_shown

)

select
    min(book_at) as first_column_at,
    max(book_at) as last_column_at,
    cast(epoch(mode(step)) / 60 as integer) as column_minutes

from steps
