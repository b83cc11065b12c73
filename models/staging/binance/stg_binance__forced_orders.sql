with

archived_orders as (

    select * from {{ read_lake('liquidationSnapshot') }}

),

collected_orders as (

    select * from {{ read_lake('forceOrder') }}

),

-- Where the archive has the day of a symbol, it counts; what was collected counts on other days.
orders as (

    select * from archived_orders

    union all by name

    select collected_orders.*
    from collected_orders
    anti join archived_orders
        on collected_orders.symbol = archived_orders.symbol
        and collected_orders."date" = archived_orders."date"

),

renamed as (

    select
        symbol,
        -- A forced sell closes a long.
        case side when 'SELL' then 'long' when 'BUY' then 'short' end as side,
        original_quantity as quantity_coins,
        accumulated_fill_quantity as filled_coins,
        price as limit_price,
        -- Zero stands for a price that is not known.
        nullif(average_price, 0) as average_price,
        order_status,
        time as liquidated_at,
        "date" as trade_date

    from orders

)

select * from renamed
