-- At every time shown, what lies in the bins adds up to what the attribution says the book holds, to 1e-9: the one is
-- summed bin by bin along time, the other side by side, so a cohort lost or counted twice on either way shows.
with

columns_of_heatmap as (

    select
        symbol,
        model,
        bar_at,
        sum(long_coins) as long_coins,
        sum(short_coins) as short_coins

    from {{ ref('int_book_at_display_times') }}
    group by symbol, model, bar_at

)

select
    totals.symbol,
    totals.model,
    totals.side,
    totals.bar_at,
    totals.alive_coins,
    columns_of_heatmap.long_coins,
    columns_of_heatmap.short_coins

from {{ ref('int_book_totals') }} as totals
inner join {{ ref('int_display_times') }} as display_times
    on totals.symbol = display_times.symbol
    and totals.bar_at = display_times.bar_at
    and display_times.is_shown
left join columns_of_heatmap
    on totals.symbol = columns_of_heatmap.symbol
    and totals.model = columns_of_heatmap.model
    and totals.bar_at = columns_of_heatmap.bar_at
where
    abs(
        totals.alive_coins
        - coalesce(
            case totals.side when 'long' then columns_of_heatmap.long_coins else columns_of_heatmap.short_coins end, 0
        )
    ) > 1e-9 * totals.alive_coins + 1e-12
