with

columns_of_heatmap as (

    select
        symbol,
        model,
        side,
        sum(alive_coins) as alive_coins,
        bar_at

    from {{ ref('int_book_at_display_times') }}
    group by symbol, model, side, bar_at

),

books_with_column as (

    select
        totals.symbol,
        totals.model,
        totals.side,
        totals.bar_at,
        totals.alive_coins,
        coalesce(columns_of_heatmap.alive_coins, 0) as heatmap_coins

    from {{ ref('int_book_totals') }} as totals
    inner join {{ ref('int_display_times') }} as display_times
        on totals.symbol = display_times.symbol
        and totals.bar_at = display_times.bar_at
        and display_times.is_shown
    left join columns_of_heatmap
        on totals.symbol = columns_of_heatmap.symbol
        and totals.model = columns_of_heatmap.model
        and totals.side = columns_of_heatmap.side
        and totals.bar_at = columns_of_heatmap.bar_at

)

select *

from books_with_column
where abs(alive_coins - heatmap_coins) > 1e-9 * greatest(alive_coins, 1)
