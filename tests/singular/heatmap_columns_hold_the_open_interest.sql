-- At every time shown, what lies in the bins adds up to what the attribution says the book holds, to 1e-9: the one is summed
-- bin by bin along time, the other side by side, so a cohort lost or counted twice on either way shows.
with

columns_of_heatmap as (

    select
        symbol,
        model,
        side,
        bar_at,
        sum(alive_coins) as alive_coins

    from {{ ref('int_book_at_display_times') }}
    group by symbol, model, side, bar_at

)

select
    totals.symbol,
    totals.model,
    totals.side,
    totals.bar_at,
    totals.alive_coins,
    columns_of_heatmap.alive_coins as heatmap_coins

from {{ ref('int_book_totals') }} as totals
inner join {{ ref('int_display_times') }} as display_times
    on totals.symbol = display_times.symbol
    and totals.bar_at = display_times.bar_at
inner join {{ ref('int_market_window') }} as market_window
    on totals.symbol = market_window.symbol
    and display_times.display_at > market_window.history_starts_at
left join columns_of_heatmap
    on totals.symbol = columns_of_heatmap.symbol
    and totals.model = columns_of_heatmap.model
    and totals.side = columns_of_heatmap.side
    and totals.bar_at = columns_of_heatmap.bar_at
where
    abs(totals.alive_coins - coalesce(columns_of_heatmap.alive_coins, 0)) > 1e-9 * totals.alive_coins
    and abs(totals.alive_coins - coalesce(columns_of_heatmap.alive_coins, 0)) > 1e-9
