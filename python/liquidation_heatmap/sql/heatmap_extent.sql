-- What there is to draw: the first and the last column of all times, and the minutes between two; and from when on
-- columns are kept finer than that, with the minutes between two of these.
with

columns_kept as (

    select distinct
        book_at,
        is_display_time

    from book_scales
    where
        venue = $venue
        and symbol = $symbol
        and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))

),

steps as (

    select
        book_at,
        is_display_time,
        book_at - lag(book_at) over (order by book_at) as step,
        book_at - lag(book_at) over (partition by is_display_time order by book_at) as display_step

    from columns_kept

)

select
    min(book_at) filter (where is_display_time) as first_column_at,
    max(book_at) filter (where is_display_time) as last_column_at,
    cast(epoch(mode(display_step) filter (where is_display_time)) / 60 as integer) as column_minutes,
    min(book_at - step) filter (where not is_display_time) as fine_from,
    cast(epoch(mode(step) filter (where not is_display_time)) / 60 as integer) as fine_minutes

from steps
