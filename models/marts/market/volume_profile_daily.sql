with

market_profile as (

    select * from {{ ref('int_market_profile') }}

),

volume_profile_daily as (

    select
        trade_date,
        {{ venue() }} as venue,
        symbol,
        price_low,
        {{ function('bin_ceiling') }}(price_low) as price_high,
        {{ exact_sum('notional_quote') }} as total_volume_quote,
        {{ exact_sum("case when taker_side = 'buy' then notional_quote else 0 end") }} as buy_volume_quote,
        {{ exact_sum("case when taker_side = 'sell' then notional_quote else 0 end") }} as sell_volume_quote,
        cast(sum(trade_count) as bigint) as trade_count,
        string_agg(distinct source, '+' order by source) as source

    from market_profile
    group by trade_date, symbol, price_low

)

select * from volume_profile_daily
