with

source as (

    select * from {{ read_lake('simulatedPositions') }}

),

renamed as (

    select
        position_id,
        symbol,
        side,
        leverage,
        quantity as quantity_coins,
        entry_price,
        liquidation_price,
        close_reason,
        opened_at,
        closed_at,
        "date" as trade_date

    from source

)

select * from renamed
