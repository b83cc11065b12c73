with

source as (

    select * from {{ read_bars('markPriceKlines', 'liveMarkPriceKlines') }}

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
        is_archived,
        open_time as bar_at,
        "date" as trade_date

    from source

)

select * from renamed
