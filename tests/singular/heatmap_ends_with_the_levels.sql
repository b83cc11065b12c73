with

-- The last column of each symbol whose book is that of the last bar.
last_columns as (

    select
        display_times.symbol,
        display_times.display_at as book_at,
        cast(display_times.bar_at as date) as trade_date

    from {{ ref('int_display_times') }} as display_times
    inner join {{ ref('symbols') }} as symbols
        on display_times.symbol = symbols.symbol
        and display_times.bar_at = symbols.last_bar_at
        and symbols.is_trading

),

scales as (

    select book_scales.*

    from {{ ref('book_scales') }} as book_scales
    semi join last_columns
        on book_scales.symbol = last_columns.symbol
        and book_scales.book_at = last_columns.book_at

),

states as (

    select book_states.*

    from {{ ref('book_states') }} as book_states
    semi join last_columns
        on book_states.symbol = last_columns.symbol
        and book_states.trade_date = last_columns.trade_date

),

{{ heatmap_cells() }},

last_cells as (

    select
        heatmap.symbol,
        heatmap.model,
        heatmap.leverage_group,
        heatmap.price_low,
        heatmap.long_quote,
        heatmap.short_quote,
        heatmap.long_share,
        heatmap.short_share

    from cells as heatmap
    inner join last_columns
        on heatmap.symbol = last_columns.symbol
        and heatmap.book_at = last_columns.book_at

),

level_cells as (

    select
        levels.symbol,
        levels.model,
        levels.leverage_group,
        levels.price_low,
        sum(levels.notional_quote) filter (where levels.side = 'long') as long_quote,
        sum(levels.notional_quote) filter (where levels.side = 'short') as short_quote,
        sum(levels.side_share) filter (where levels.side = 'long' and levels.notional_quote is null) as long_share,
        sum(levels.side_share) filter (where levels.side = 'short' and levels.notional_quote is null) as short_share

    from {{ ref('liquidation_levels') }} as levels
    inner join last_columns
        on levels.symbol = last_columns.symbol
    group by levels.symbol, levels.model, levels.leverage_group, levels.price_low

)

select
    coalesce(last_cells.symbol, level_cells.symbol) as symbol,
    coalesce(last_cells.model, level_cells.model) as model,
    coalesce(last_cells.leverage_group, level_cells.leverage_group) as leverage_group,
    coalesce(last_cells.price_low, level_cells.price_low) as price_low,
    last_cells.long_quote,
    level_cells.long_quote as quote_of_longs,
    last_cells.short_quote,
    level_cells.short_quote as quote_of_shorts

from last_cells
full join level_cells
    on last_cells.symbol = level_cells.symbol
    and last_cells.model = level_cells.model
    and last_cells.leverage_group = level_cells.leverage_group
    and last_cells.price_low = level_cells.price_low
where
    -- Cells are rounded to the cent, shares of tiny books to a thousandth; cells of nothing are left out.
    abs(coalesce(last_cells.long_quote, 0) - coalesce(level_cells.long_quote, 0))
    > 0.006 + 1e-9 * coalesce(level_cells.long_quote, 0)
    or abs(coalesce(last_cells.short_quote, 0) - coalesce(level_cells.short_quote, 0))
    > 0.006 + 1e-9 * coalesce(level_cells.short_quote, 0)
    or abs(coalesce(last_cells.long_share, 0) - coalesce(level_cells.long_share, 0)) > 1e-3
    or abs(coalesce(last_cells.short_share, 0) - coalesce(level_cells.short_share, 0)) > 1e-3
    -- A cell has amounts or shares, of both sides, and not the other.
    or (last_cells.long_quote is null) <> (last_cells.short_quote is null)
    or (last_cells.long_share is null) <> (last_cells.short_share is null)
    or last_cells.symbol is not null and (last_cells.long_quote is null) = (last_cells.long_share is null)
