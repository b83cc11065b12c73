with

klines as (

    select * from {{ ref('stg_binance__bars') }}

),

-- Volume worth less than the exchange's smallest unit, 1e-8, is taken as none: it would have no price.
klines_with_volume as (

    select * replace (case when volume_coins * low_price >= 1e-8 then volume_coins else 0 end as volume_coins)

    from klines
    where bar_minutes is not null

),

-- Some files have empty or impossible quote and taker columns. Volume is then priced at the middle of the bar, and the
-- share that takers bought is read from where the bar closed between its low and its high.
completed_klines as (

    select
        symbol,
        bar_minutes,
        open_price,
        high_price,
        low_price,
        close_price,
        volume_coins,
        case
            when
                volume_quote >= volume_coins * low_price * (1 - 1e-6)
                and volume_quote <= volume_coins * high_price * (1 + 1e-6)
                then volume_quote
            else volume_coins * (high_price + low_price) / 2
        end as volume_quote,
        trade_count,
        coalesce(
            case when taker_buy_coins <= volume_coins then taker_buy_coins end,
            volume_coins * coalesce((close_price - low_price) / nullif(high_price - low_price, 0), 0.5)
        ) as taker_buy_coins,
        coalesce(taker_buy_coins > volume_coins, true) as is_taker_side_inferred,
        is_archived,
        bar_at as kline_at,
        case
            when bar_minutes < {{ var('bar_minutes') }}
                then {{ function('bar_start') }}(bar_at, {{ var('bar_minutes') }})
            else bar_at
        end as bar_at,
        trade_date

    from klines_with_volume

),

-- Klines shorter than our bar are merged into it. Longer ones stay, because nothing says what happened inside them.
merged_klines as (

    select
        symbol,
        greatest(bar_minutes, {{ var('bar_minutes') }}) as bar_minutes,
        bar_minutes as kline_minutes,
        count(*) * bar_minutes as covered_minutes,
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
        bool_and(is_archived) as is_archived,
        bar_at,
        trade_date

    from completed_klines
    group by symbol, kline_minutes, bar_at, trade_date

),

-- Where klines of several lengths make the same bar, the most complete count, then the archive's, then the finest.
fullest_klines as (

    select *

    from merged_klines
    qualify row_number() over (
        partition by symbol, bar_minutes, bar_at order by covered_minutes desc, is_archived desc, kline_minutes
    ) = 1

),

-- Long klines are replaced by finer ones only where these lie inside them. To choose by the day would use its rest,
-- which was not known at the time.
klines_with_finer_inside as (

    select distinct
        longer.symbol,
        longer.bar_minutes,
        longer.bar_at

    from fullest_klines as longer
    inner join fullest_klines as finer
        on longer.symbol = finer.symbol
        and longer.trade_date = finer.trade_date
        and longer.bar_minutes > finer.bar_minutes
        and longer.bar_at <= finer.bar_at
        and longer.bar_at + longer.bar_minutes * interval '1 minute' > finer.bar_at
    where longer.bar_minutes > {{ var('bar_minutes') }}

),

chosen_klines as (

    select fullest_klines.* exclude (kline_minutes, covered_minutes, is_archived)

    from fullest_klines
    anti join klines_with_finer_inside
        on fullest_klines.symbol = klines_with_finer_inside.symbol
        and fullest_klines.bar_minutes = klines_with_finer_inside.bar_minutes
        and fullest_klines.bar_at = klines_with_finer_inside.bar_at

)

select * from chosen_klines
