with

archived as (

    select * from {{ read_lake('liquidationSnapshot') }}

),

collected as (

    select * from {{ read_lake('forceOrder') }}

),

-- the archive's day counts where there is one
combined as (

    select * from archived

    union all by name

    select collected.*
    from collected
    anti join archived
        on collected.symbol = archived.symbol
        and collected."date" = archived."date"

),

renamed as (

    select
        symbol,
        -- a forced sell closes a long
        case side when 'SELL' then 'long' when 'BUY' then 'short' end as side,
        original_quantity as quantity_coins,
        accumulated_fill_quantity as filled_coins,
        price as limit_price,
        -- zero says that it was not known
        nullif(average_price, 0) as average_price,
        order_status,
        time as liquidated_at,
        "date" as trade_date

    from combined

)

select * from renamed
