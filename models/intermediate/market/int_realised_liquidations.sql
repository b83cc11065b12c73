with

forced_orders as (

    select * from {{ ref('stg_binance__forced_orders') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

-- the files repeat rows, so equal rows are one order; what was filled counts, at the average price it was filled at
orders as (

    select distinct
        symbol,
        side,
        filled_coins * average_price as filled_quote,
        liquidated_at,
        trade_date

    from forced_orders
    where side is not null

),

observed_days as (

    select distinct
        symbol,
        trade_date

    from forced_orders

),

-- on a day with a file, a bar without an order had none; on other days nobody looked
realised as (

    select
        bars.symbol,
        sides.side,
        coalesce({{ exact_sum('orders.filled_quote') }}, 0) as realised_quote,
        count(orders.symbol) as order_count,
        bars.bar_at

    from bars
    inner join observed_days
        on bars.symbol = observed_days.symbol
        and bars.trade_date = observed_days.trade_date
    cross join (values ('long'), ('short')) as sides (side)
    left join orders
        on bars.symbol = orders.symbol
        and sides.side = orders.side
        and bars.trade_date = orders.trade_date
        and bars.bar_at <= orders.liquidated_at
        and bars.bar_ends_at > orders.liquidated_at
    group by bars.symbol, sides.side, bars.bar_at

)

select * from realised
