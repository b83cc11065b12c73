-- Cells of the picture: what the bins of a row hold in the book at the start of a column, by leverage group. As in the
-- view liquidation_heatmap, but also of the times between its columns, and summed over models and bins at once, which
-- for the ensemble over 90 days takes an eighth of the time. A bin goes to the row that its middle lies in. Amounts of
-- longs are below 0, because a bin never holds both sides. Without open interest, amounts are percent of the side.
with

columns_drawn as (

    select
        *,
        epoch(book_at - cast($starts_at as timestamp)) / 60 as minute,
        case when $model = 'ensemble' then ensemble_per_coin else quantity_per_coin end as shown_per_coin

    from book_scales
    where
        venue = $venue
        and symbol = $symbol
        and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))
        and book_at >= $starts_at
        and book_at < $ends_at
        and minute % $minutes = 0

),

amounts as (

    select
        cast(columns_drawn.minute / $minutes as integer) as column_number,
        cast(floor((bin_middle(book_states.price_low) - $price_from) / $step) as integer) as row_number,
        cast(list_position($leverage_groups, cast(book_states.leverage_group as varchar)) - 1 as integer)
            as group_number,
        case columns_drawn.side when 'long' then -1 else 1 end * book_states.stretch_coins * coalesce(
            columns_drawn.shown_per_coin * bin_middle(book_states.price_low),
            100 * columns_drawn.share_per_coin
        ) as amount

    from columns_drawn
    inner join book_states
        on columns_drawn.venue = book_states.venue
        and columns_drawn.symbol = book_states.symbol
        and columns_drawn.model = book_states.model
        and columns_drawn.side = book_states.side
        and columns_drawn.stretch_at = book_states.stretch_at
        and columns_drawn.bar_at >= book_states.from_bar_at
        and columns_drawn.bar_at < book_states.until_bar_at
    where
        book_states.price_low >= $price_from
        and book_states.price_low + bin_width(book_states.price_low) <= $price_to

)

-- Less than a cent, or a billionth of a side, is nothing there too.
select
    column_number,
    row_number,
    group_number,
    sum(amount) as amount

from amounts
group by column_number, row_number, group_number
having abs(sum(amount)) >= case when $unit = 'USDT' then 0.005 else 5e-8 end
