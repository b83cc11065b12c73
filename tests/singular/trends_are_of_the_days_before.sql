with

measured_values as (

    select
        dataset || coalesce('/' || bar_interval, '') as dataset,
        symbol,
        'rows' as metric,
        cast(row_count as double) as value,
        trade_date

    from {{ ref('stg_binance__lake_partitions') }}
    where {{ known_by_as_of('last_at') }}

    union all

    select
        'bars' as dataset,
        symbol,
        metrics.metric,
        case metrics.metric
            when 'range_pct' then 100 * (max(high_price) / min(low_price) - 1)
            else sum(round(volume_quote, 2))
        end as value,
        trade_date

    from {{ ref('int_ticker_bars') }}
    cross join (values ('range_pct'), ('volume_quote')) as metrics (metric)
    group by symbol, metrics.metric, trade_date

    union all

    select
        'metrics' as dataset,
        symbol,
        'open_interest_coins' as metric,
        open_interest_coins as value,
        trade_date

    from {{ ref('stg_binance__open_interest') }}
    qualify observed_at = max(observed_at) over (partition by symbol, trade_date)

),

-- What was usual, from the values of the days before that are published.
trends as (

    select
        trends.symbol,
        trends.dataset,
        trends.metric,
        trends.trade_date,
        trends.value,
        trends.moving_average,
        trends.z_score,
        trends.is_anomaly,
        avg(trends.value) over week_before as recomputed_average,
        avg(trends.value) over month_before as usual,
        stddev_samp(trends.value) over month_before as deviation,
        count(*) over month_before as days_before

    from {{ ref('data_quality_trends') }} as trends
    window
        week_before as (
            partition by symbol, dataset, metric order by trade_date rows between 7 preceding and 1 preceding
        ),
        month_before as (
            partition by symbol, dataset, metric order by trade_date rows between 30 preceding and 1 preceding
        )

)

select
    coalesce(trends.symbol, measured.symbol) as symbol,
    coalesce(trends.dataset, measured.dataset) as dataset,
    coalesce(trends.metric, measured.metric) as metric,
    coalesce(trends.trade_date, measured.trade_date) as trade_date,
    trends.value,
    measured.value as measured_value,
    trends.moving_average,
    trends.recomputed_average,
    trends.z_score,
    trends.usual,
    trends.deviation

from trends
full join measured_values as measured
    on trends.symbol = measured.symbol
    and trends.dataset = measured.dataset
    and trends.metric = measured.metric
    and trends.trade_date = measured.trade_date
where
    trends.symbol is null
    or measured.symbol is null
    or abs(trends.value - measured.value) > 1e-9 * abs(measured.value)
    or (trends.moving_average is null) <> (trends.recomputed_average is null)
    -- Averages and scores have six decimals.
    or abs(trends.moving_average - trends.recomputed_average) > 1e-9 * trends.recomputed_average + 1e-6
    or (trends.z_score is null) <> not coalesce(trends.days_before >= 7 and trends.deviation > 0, false)
    or abs(trends.z_score * trends.deviation - (trends.value - trends.usual))
    > 2e-6 * trends.deviation + 1e-9 * (abs(trends.value) + abs(trends.usual))
    or trends.is_anomaly <> coalesce(abs(trends.z_score) > {{ var('anomaly_z_score') }}, false)
