with

profiled as (

    select
        symbol,
        trade_date,
        sum(total_volume_quote) as volume_quote

    from {{ ref('volume_profile_daily') }}
    group by symbol, trade_date

),

traded as (

    select
        symbol,
        trade_date,
        sum(volume_quote) as volume_quote

    from {{ ref('int_ticker_bars') }}
    group by symbol, trade_date

)

select
    traded.symbol,
    traded.trade_date,
    traded.volume_quote,
    profiled.volume_quote as profiled_quote

from traded
left join profiled
    on traded.symbol = profiled.symbol
    and traded.trade_date = profiled.trade_date
where abs(traded.volume_quote - coalesce(profiled.volume_quote, 0)) > greatest(1e-12 * traded.volume_quote, 0.01)
