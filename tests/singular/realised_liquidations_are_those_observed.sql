with

-- An order is told once for every part that is filled, and again in files: its largest notional counts.
orders as (

    select
        symbol,
        side,
        max(filled_coins * coalesce(average_price, limit_price)) as filled_quote,
        liquidated_at

    from {{ ref('stg_binance__forced_orders') }}
    where side is not null
    group by symbol, side, quantity_coins, limit_price, liquidated_at

),

watched_bars as (

    select * from {{ ref('realised_liquidations') }}
    where source = 'forced orders'

),

orders_of_bars as (

    select
        watched_bars.symbol,
        watched_bars.source,
        watched_bars.side,
        watched_bars.starts_at,
        watched_bars.ends_at,
        sum(orders.filled_quote) as realised_quote,
        count(*) as order_count

    from orders
    asof inner join watched_bars
        on orders.symbol = watched_bars.symbol
        and orders.side = watched_bars.side
        and orders.liquidated_at >= watched_bars.starts_at
    where orders.liquidated_at < watched_bars.ends_at
    group by watched_bars.symbol, watched_bars.source, watched_bars.side, watched_bars.starts_at, watched_bars.ends_at

),

-- The bars of the window in which somebody watched from beginning to end, with both sides.
bars_to_be_told as (

    select
        bars.symbol,
        'forced orders' as source,
        sides.side,
        bars.bar_at as starts_at,
        bars.bar_ends_at as ends_at

    from {{ ref('int_ticker_bars') }} as bars
    inner join {{ ref('symbols') }} as symbols
        on bars.symbol = symbols.symbol
        and bars.bar_at >= symbols.as_of - {{ var('history_days') }} * interval '1 day'
        and bars.bar_ends_at <= symbols.as_of
    asof inner join {{ ref('stg_binance__forced_order_coverage') }} as coverage
        on bars.symbol = coverage.symbol
        and bars.bar_at >= coverage.observed_from
    cross join (values ('long'), ('short')) as sides (side)
    where bars.bar_ends_at <= coverage.observed_to

),

recomputed_liquidations as (

    select
        bars_to_be_told.*,
        coalesce(orders_of_bars.realised_quote, 0) as realised_quote,
        coalesce(orders_of_bars.order_count, 0) as order_count,
        null as revised_quote

    from bars_to_be_told
    left join orders_of_bars
        on bars_to_be_told.symbol = orders_of_bars.symbol
        and bars_to_be_told.side = orders_of_bars.side
        and bars_to_be_told.starts_at = orders_of_bars.starts_at

    union all

    select
        totals.symbol,
        'totals of ' || totals.bucket_minutes || ' minutes' as source,
        sides.side,
        totals.bucket_at as starts_at,
        totals.bucket_ends_at as ends_at,
        if(sides.side = 'long', totals.long_quote, totals.short_quote) as realised_quote,
        null as order_count,
        if(sides.side = 'long', revisions.long_quote, revisions.short_quote) as revised_quote

    from {{ ref('stg_binance__liquidation_totals') }} as totals
    inner join {{ ref('symbols') }} as symbols
        on totals.symbol = symbols.symbol
        and totals.bucket_at >= symbols.as_of - {{ var('history_days') }} * interval '1 day'
        and totals.bucket_ends_at <= symbols.as_of
    left join {{ ref('stg_binance__liquidation_revisions') }} as revisions
        on totals.symbol = revisions.symbol
        and totals.bucket_minutes = revisions.bucket_minutes
        and totals.bucket_at = revisions.bucket_at
    cross join (values ('long'), ('short')) as sides (side)

)

{{ rows_that_differ(
    ref('realised_liquidations'), 'recomputed_liquidations', ['symbol', 'source', 'side', 'starts_at'],
    numbers=['realised_quote', 'revised_quote'], others=['ends_at', 'order_count']
) }}
