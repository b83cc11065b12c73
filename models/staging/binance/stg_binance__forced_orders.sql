with

source as (

    select * from {{ read_lake('liquidationSnapshot') }}

),

renamed as (

    select
        symbol,
        -- a forced sell closes a long
        case side when 'SELL' then 'long' when 'BUY' then 'short' end as side,
        original_quantity as quantity_coins,
        accumulated_fill_quantity as filled_coins,
        price as limit_price,
        average_price,
        order_status,
        time as liquidated_at,
        "date" as trade_date

    from source

)

select * from renamed
