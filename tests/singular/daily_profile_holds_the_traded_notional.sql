with

profile_days as (

    select
        symbol,
        trade_date,
        sum(total_volume_quote) as volume_quote

    from {{ ref('volume_profile_daily') }}
    group by symbol, trade_date

),

bar_days as (

    select
        symbol,
        trade_date,
        sum(volume_quote) as volume_quote

    from {{ ref('int_ticker_bars') }}
    group by symbol, trade_date

)

select
    bar_days.symbol,
    bar_days.trade_date,
    bar_days.volume_quote,
    profile_days.volume_quote as profiled_quote

from bar_days
left join profile_days
    on bar_days.symbol = profile_days.symbol
    and bar_days.trade_date = profile_days.trade_date
where
    abs(bar_days.volume_quote - coalesce(profile_days.volume_quote, 0))
    > greatest(1e-12 * bar_days.volume_quote, 0.01)
