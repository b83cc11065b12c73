with

partitions as (

    select * from {{ ref('stg_binance__lake_partitions') }}
    where {{ known_by_as_of('last_at') }}

),

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

metrics as (

    select
        dataset || coalesce('/' || bar_interval, '') as dataset,
        symbol,
        'rows' as metric,
        cast(row_count as double) as value,
        trade_date

    from partitions

    union all

    select
        'bars' as dataset,
        symbol,
        'volume_quote' as metric,
        {{ exact_sum('volume_quote', decimals=2) }} as value,
        trade_date

    from bars
    group by symbol, trade_date

    union all

    select
        'bars' as dataset,
        symbol,
        'range_pct' as metric,
        100 * (max(high_price) / min(low_price) - 1) as value,
        trade_date

    from bars
    group by symbol, trade_date

    union all

    select
        'metrics' as dataset,
        symbol,
        'open_interest_coins' as metric,
        arg_max(open_interest_coins, observed_at) as value,
        trade_date

    from open_interest
    group by symbol, trade_date

),

-- Each day's figure with what was usual on the days before it.
metrics_with_usual as (

    select
        *,
        avg(value) over week_before as moving_average,
        avg(value) over month_before as usual,
        stddev_samp(value) over month_before as deviation,
        count(*) over month_before as days_before

    from metrics
    window
        week_before as (
            partition by dataset, symbol, metric order by trade_date rows between 7 preceding and 1 preceding
        ),
        month_before as (
            partition by dataset, symbol, metric order by trade_date rows between 30 preceding and 1 preceding
        )

),

metrics_with_score as (

    select
        *,
        case when days_before >= 7 and deviation > 0 then round((value - usual) / deviation, 6) end as z_score

    from metrics_with_usual

),

data_quality_trends as (

    select
        trade_date,
        dataset,
        {{ venue() }} as venue,
        symbol,
        metric,
        value,
        round(moving_average, 6) as moving_average,
        z_score,
        coalesce(abs(z_score) > {{ var('anomaly_z_score') }}, false) as is_anomaly

    from metrics_with_score

)

select * from data_quality_trends
