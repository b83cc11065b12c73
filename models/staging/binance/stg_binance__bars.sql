with

source as (

    select * from {{ read_bars('klines', 'liveKlines') }}

),

renamed as (

    select
        symbol,
        "interval" as bar_interval,
        {{ interval_minutes('"interval"') }} as bar_minutes,
        open as open_price,
        high as high_price,
        low as low_price,
        close as close_price,
        volume as volume_coins,
        quote_volume as volume_quote,
        count as trade_count,
        taker_buy_volume as taker_buy_coins,
        taker_buy_quote_volume as taker_buy_quote,
        is_archived,
        open_time as bar_at,
        "date" as trade_date

    from source

)

select * from renamed
