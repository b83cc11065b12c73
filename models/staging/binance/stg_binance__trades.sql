with

source as (

    select * from {{ read_lake('trades') }}

),

renamed as (

    select
        symbol,
        id as trade_id,
        case when is_buyer_maker then 'sell' else 'buy' end as taker_side,
        price,
        qty as quantity_coins,
        is_buyer_maker as is_taker_seller,
        time as traded_at,
        "date" as trade_date

    from source

)

select * from renamed
