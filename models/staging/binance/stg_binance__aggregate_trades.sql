with

source as (

    select * from {{ read_lake('aggTrades') }}

),

renamed as (

    select
        symbol,
        agg_trade_id as trade_id,
        case when is_buyer_maker then 'sell' else 'buy' end as taker_side,
        price,
        quantity as quantity_coins,
        is_buyer_maker as is_taker_seller,
        transact_time as traded_at,
        "date" as trade_date

    from source

)

select * from renamed
