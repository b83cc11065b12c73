with

source as (

    select * from {{ read_bars('premiumIndexKlines', 'livePremiumIndexKlines') }}

),

renamed as (

    select
        symbol,
        "interval" as bar_interval,
        {{ interval_minutes('"interval"') }} as bar_minutes,
        open as open_premium,
        high as high_premium,
        low as low_premium,
        close as close_premium,
        open_time as bar_at,
        "date" as trade_date

    from source

)

select * from renamed
