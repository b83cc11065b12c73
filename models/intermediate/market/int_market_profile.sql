{{ config(materialized='view') }}

with

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

trade_cells as (

    select * from {{ ref('int_trade_profile_5m') }}

),

bar_cells as (

    select * from {{ ref('int_bar_profile_5m') }}

),

cells as (

    select
        bars.symbol,
        bars.source,
        trade_cells.taker_side,
        trade_cells.size_class,
        bars.bar_minutes,
        trade_cells.price_low,
        trade_cells.trade_count,
        trade_cells.quantity_coins,
        trade_cells.notional_quote,
        cast(trade_cells.position_quote as double) as position_quote,
        bars.bar_at,
        bars.trade_date

    from bars
    inner join trade_cells
        on bars.symbol = trade_cells.symbol
        and bars.bar_at = trade_cells.bar_at
    where bars.source = 'trades'

    union all

    -- Bars do not tell one order from another. All count as orders of the first size class, of half its upper edge.
    select
        bars.symbol,
        bars.source,
        bar_cells.taker_side,
        1 as size_class,
        bars.bar_minutes,
        bar_cells.price_low,
        null as trade_count,
        bar_cells.quantity_coins,
        bar_cells.notional_quote,
        {{ var('size_tier_edges') | first }} / 2.0 as position_quote,
        bars.bar_at,
        bars.trade_date

    from bars
    inner join bar_cells
        on bars.symbol = bar_cells.symbol
        and bars.bar_at = bar_cells.bar_at
        and bars.bar_minutes = bar_cells.bar_minutes
    where bars.source = 'bars'

)

select * from cells
