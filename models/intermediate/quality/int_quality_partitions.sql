with

partitions as (

    select * from {{ ref('stg_binance__lake_partitions') }}

),

files as (

    select * from {{ ref('stg_binance__lake_files') }}

),

series as (

    select
        *,
        dataset || coalesce('/' || bar_interval, '') as series,
        dataset in ('aggTrades', 'trades') as is_trades,
        {{ interval_minutes('bar_interval') }} as cadence_minutes

    from partitions
    -- what comes event by event or as a state has no days to be complete
    where dataset in (
        'aggTrades', 'trades', 'klines', 'markPriceKlines', 'premiumIndexKlines', 'metrics', 'fundingRate', 'bookDepth'
    )

),

newest as (

    select
        symbol,
        max(last_at) as newest_at

    from series
    group by symbol

),

compared as (

    select
        series.*,
        newest.newest_at,
        max(series.trade_date) over by_series as last_date,
        lead(series.trade_date) over (
            partition by series.symbol, series.series
            order by series.trade_date
        ) as next_date,
        median(series.row_count) over (
            partition by series.symbol, series.series
            order by series.trade_date
            rows between 7 preceding and 1 preceding
        ) as usual_rows,
        1440 / case series.dataset when 'metrics' then 5 else series.cadence_minutes end as expected_rows

    from series
    inner join newest
        on series.symbol = newest.symbol
    window by_series as (partition by series.symbol, series.series)

),

measurements as (

    select
        'missing_days' as check_name,
        series as dataset,
        symbol,
        trade_date + 1 as trade_date,
        cast(date_diff('day', trade_date, next_date) - 1 as double) as observed,
        0.0 as expected

    from compared
    -- funding comes by month, and a month of it may have days without a payment
    where next_date > trade_date + 1 and dataset <> 'fundingRate'

    union all

    select
        'short_days' as check_name,
        series as dataset,
        symbol,
        trade_date,
        1 - row_count / expected_rows as observed,
        0.0 as expected

    from compared
    where expected_rows is not null

    union all

    select
        'row_count_changes' as check_name,
        series as dataset,
        symbol,
        trade_date,
        greatest(row_count / usual_rows, usual_rows / row_count) as observed,
        1.0 as expected

    from compared
    where is_trades and usual_rows > 0 and row_count > 0

    union all

    select
        'uncovered_hours' as check_name,
        series as dataset,
        symbol,
        trade_date,
        greatest(
            24 - date_diff('second', first_at, last_at) / 3600.0 - coalesce(cadence_minutes, 5) / 60.0, 0
        ) as observed,
        0.0 as expected

    from compared
    where dataset <> 'fundingRate'

    union all

    select
        'id_gaps' as check_name,
        series as dataset,
        symbol,
        trade_date,
        cast(id_gaps as double) as observed,
        0.0 as expected

    from compared
    where is_trades

    union all

    select
        'duplicate_rows' as check_name,
        series as dataset,
        symbol,
        trade_date,
        cast(duplicates_dropped as double) as observed,
        0.0 as expected

    from compared

    union all

    select
        'staleness' as check_name,
        series as dataset,
        symbol,
        trade_date,
        date_diff('second', last_at, newest_at) / 3600.0 as observed,
        0.0 as expected

    from compared
    where trade_date = last_date

    union all

    select
        'refused_files' as check_name,
        dataset || coalesce('/' || bar_interval, '') as dataset,
        symbol,
        period_start as trade_date,
        count(*) as observed,
        0.0 as expected

    from files
    where status = 'quarantined'
    group by all

)

select * from measurements
