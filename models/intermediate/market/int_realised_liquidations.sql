with

forced_orders as (

    select * from {{ ref('stg_binance__forced_orders') }}

),

coverage as (

    select * from {{ ref('stg_binance__forced_order_coverage') }}

),

totals as (

    select * from {{ ref('stg_binance__liquidation_totals') }}

),

revisions as (

    select * from {{ ref('stg_binance__liquidation_revisions') }}

),

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

-- Rows of one time, quantity and limit are one order: files repeat rows, and an order that is filled in parts may be
-- told after each part. The largest notional told counts, which is what was filled in the end.
orders as (

    select
        symbol,
        side,
        max(filled_coins * coalesce(average_price, limit_price)) as filled_quote,
        liquidated_at,
        trade_date

    from forced_orders
    where side is not null
    group by symbol, side, quantity_coins, limit_price, liquidated_at, trade_date

),

-- Bars within a watched stretch. There, a bar without an order had no liquidation; outside, nobody looked.
watched_bars as (

    select
        bars.symbol,
        bars.bar_at,
        bars.bar_ends_at,
        bars.trade_date

    from bars
    asof inner join coverage
        on bars.symbol = coverage.symbol
        and bars.bar_at >= coverage.observed_from
    where bars.bar_ends_at <= coverage.observed_to

),

liquidations_from_orders as (

    select
        watched_bars.symbol,
        'forced orders' as source,
        sides.side,
        coalesce({{ exact_sum('orders.filled_quote') }}, 0) as realised_quote,
        cast(null as double) as revised_quote,
        count(orders.symbol) as order_count,
        watched_bars.bar_at as starts_at,
        watched_bars.bar_ends_at as ends_at

    from watched_bars
    cross join (values ('long'), ('short')) as sides (side)
    left join orders
        on watched_bars.symbol = orders.symbol
        and sides.side = orders.side
        and watched_bars.trade_date = orders.trade_date
        and watched_bars.bar_at <= orders.liquidated_at
        and watched_bars.bar_ends_at > orders.liquidated_at
    group by all

),

liquidations_from_totals as (

    select
        totals.symbol,
        'totals of ' || totals.bucket_minutes || ' minutes' as source,
        sides.side,
        case sides.side when 'long' then totals.long_quote else totals.short_quote end as realised_quote,
        case sides.side when 'long' then revisions.long_quote else revisions.short_quote end as revised_quote,
        cast(null as bigint) as order_count,
        totals.bucket_at as starts_at,
        totals.bucket_ends_at as ends_at

    from totals
    left join revisions
        on totals.symbol = revisions.symbol
        and totals.bucket_minutes = revisions.bucket_minutes
        and totals.bucket_at = revisions.bucket_at
    cross join (values ('long'), ('short')) as sides (side)

),

realised_liquidations as (

    select * from liquidations_from_orders
    union all
    select * from liquidations_from_totals

)

select * from realised_liquidations
