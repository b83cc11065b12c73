with

klines as (

    select * from {{ ref('stg_binance__bars') }}

),

-- the finest interval of a day wins; a bar longer than ours stays its own length: nothing says what happened inside
finest as (

    select
        *,
        greatest(bar_minutes, {{ var('bar_minutes') }}) as merged_minutes

    from klines
    where bar_minutes is not null
    qualify bar_minutes = min(bar_minutes) over (partition by symbol, trade_date)

),

-- some files leave the quote and taker columns empty: the middle of the bar prices its volume, and where it closed
-- between low and high stands for the takers' balance
completed as (

    select
        symbol,
        merged_minutes as bar_minutes,
        open_price,
        high_price,
        low_price,
        close_price,
        volume_coins,
        coalesce(volume_quote, volume_coins * (high_price + low_price) / 2) as volume_quote,
        trade_count,
        coalesce(
            taker_buy_coins,
            volume_coins * coalesce((close_price - low_price) / nullif(high_price - low_price, 0), 0.5)
        ) as taker_buy_coins,
        taker_buy_coins is null as is_taker_side_inferred,
        bar_at as kline_at,
        case
            when bar_minutes < {{ var('bar_minutes') }} then {{ bar_start('bar_at', var('bar_minutes')) }}
            else bar_at
        end as bar_at,
        trade_date

    from finest

),

merged as (

    select
        symbol,
        bar_minutes,
        arg_min(open_price, kline_at) as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        arg_max(close_price, kline_at) as close_price,
        {{ exact_sum('volume_coins') }} as volume_coins,
        {{ exact_sum('volume_quote') }} as volume_quote,
        sum(trade_count) as trade_count,
        coalesce(
            {{ exact_sum('taker_buy_coins') }} / nullif({{ exact_sum('volume_coins') }}, 0), 0.5
        ) as taker_buy_share,
        bool_or(is_taker_side_inferred) as is_taker_side_inferred,
        bar_at,
        trade_date

    from completed
    group by symbol, bar_minutes, bar_at, trade_date

)

select * from merged
