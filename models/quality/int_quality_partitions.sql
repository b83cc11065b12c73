with

partitions as (

    select * from {{ ref('stg_binance__lake_partitions') }}
    where {{ known_by_as_of('last_at') }}

),

files as (

    select * from {{ ref('stg_binance__lake_files') }}
    where {{ known_by_as_of('period_end') }}

),

limits as (

    select * from {{ ref('ingest_limits') }}

),

series as (

    select
        *,
        dataset || coalesce('/' || bar_interval, '') as series,
        dataset in ('aggTrades', 'trades') as is_trades,
        {{ interval_minutes('bar_interval') }} as cadence_minutes

    from partitions
    -- Only datasets with rows for all times of a day: of events and states no day can be incomplete.
    where dataset in (
        'aggTrades', 'trades', 'klines', 'markPriceKlines', 'premiumIndexKlines', 'metrics', 'fundingRate', 'bookDepth'
    )

),

newest_times as (

    select
        symbol,
        max(last_at) as newest_at

    from series
    group by symbol

),

series_with_usual as (

    select
        series.*,
        newest_times.newest_at,
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
    inner join newest_times
        on series.symbol = newest_times.symbol
    window by_series as (partition by series.symbol, series.series)

),

-- One file of trades and one of klines per day: that with the most rows, so of klines that of the shortest interval.
day_files as (

    select
        symbol,
        trade_date,
        is_trades,
        low_price,
        high_price,
        volume_coins,
        date_diff('second', first_at, last_at) / 3600.0 + coalesce(cadence_minutes, 0) / 60.0 as hours

    from series
    where (is_trades or dataset = 'klines') and low_price is not null
    qualify row_number() over (partition by symbol, trade_date, is_trades order by row_count desc, series) = 1

),

paired_days as (

    select
        trades.symbol,
        trades.trade_date,
        100 * greatest(
            trades.high_price / klines.high_price - 1, 1 - trades.low_price / klines.low_price, 0
        ) as outside_pct,
        -- Volumes are compared only where both files cover the whole day.
        case
            when least(trades.hours, klines.hours) > 23.9
                then 100 * abs(trades.volume_coins / nullif(klines.volume_coins, 0) - 1)
        end as volume_pct

    from day_files as trades
    inner join day_files as klines
        on trades.symbol = klines.symbol
        and trades.trade_date = klines.trade_date
    where trades.is_trades and not klines.is_trades and klines.hours > 23.9

),

measurements as (

    select
        'missing_days' as check_name,
        series as dataset,
        symbol,
        trade_date + 1 as trade_date,
        cast(date_diff('day', trade_date, next_date) - 1 as double) as observed,
        0.0 as expected

    from series_with_usual
    -- Funding is left out: its files are of a month, which may have days without a payment.
    where next_date > trade_date + 1 and dataset <> 'fundingRate'

    union all

    select
        'short_days' as check_name,
        series as dataset,
        symbol,
        trade_date,
        1 - row_count / expected_rows as observed,
        0.0 as expected

    from series_with_usual
    where expected_rows is not null

    union all

    select
        'row_count_changes' as check_name,
        series as dataset,
        symbol,
        trade_date,
        greatest(row_count / usual_rows, usual_rows / row_count) as observed,
        1.0 as expected

    from series_with_usual
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

    from series_with_usual
    where dataset <> 'fundingRate'

    union all

    select
        'id_gaps' as check_name,
        series as dataset,
        symbol,
        trade_date,
        cast(id_gaps as double) as observed,
        0.0 as expected

    from series_with_usual
    where is_trades

    union all

    select
        'duplicate_rows' as check_name,
        series as dataset,
        symbol,
        trade_date,
        cast(duplicates_dropped as double) as observed,
        0.0 as expected

    from series_with_usual

    union all

    select
        'rows_out_of_order' as check_name,
        series as dataset,
        symbol,
        trade_date,
        cast(rows_out_of_order as double) as observed,
        0.0 as expected

    from series_with_usual
    where rows_out_of_order is not null

    union all

    select
        'trades_against_klines' as check_name,
        'trades' as dataset,
        symbol,
        trade_date,
        volume_pct as observed,
        0.0 as expected

    from paired_days
    where volume_pct is not null

    union all

    select
        'trades_outside_klines' as check_name,
        'trades' as dataset,
        symbol,
        trade_date,
        outside_pct as observed,
        0.0 as expected

    from paired_days

    union all

    select
        'staleness' as check_name,
        series as dataset,
        symbol,
        trade_date,
        date_diff('second', last_at, newest_at) / 3600.0 as observed,
        0.0 as expected

    from series_with_usual
    where trade_date = last_date

),

refused_files as (

    select
        'refused_files' as check_name,
        dataset || coalesce('/' || bar_interval, '') as dataset,
        symbol,
        period_start as trade_date,
        cast(count(*) as double) as observed,
        0.0 as expected,
        min(file_key || coalesce(', line ' || line, '') || ': ' || reason) as detail

    from files
    where status = 'quarantined'
    group by all

),

dropped_rows as (

    select
        'rows_dropped' as check_name,
        files.dataset || coalesce('/' || files.bar_interval, '') as dataset,
        files.symbol,
        files.period_start as trade_date,
        100.0 * max(
            files.rows_dropped / nullif(files.row_count + files.duplicates_dropped + files.rows_dropped, 0)
        ) as observed,
        0.0 as expected,
        max_by(
            case
                when files.rows_dropped > 0
                    then
                        format('{:,}', files.rows_dropped) || ' rows left out of ' || files.file_key || ' ('
                        || replace(trim(files.dropped_by_reason, '{}'), '"', '')
                        || format('); a file is refused above {:.4g} %', 100 * limits.max_dropped_share)
            end,
            files.rows_dropped
        ) as detail

    from files
    inner join limits
        on files.dataset = limits.dataset
    where
        files.status = 'loaded' and files.rows_dropped is not null
        and {{ known_by_as_of('files.last_at') }}
    group by all

),

accepted_checksums as (

    select
        'accepted_checksums' as check_name,
        dataset || coalesce('/' || bar_interval, '') as dataset,
        symbol,
        period_start as trade_date,
        cast(count(accepted_checksum) as double) as observed,
        0.0 as expected,
        min(
            file_key || ' has the checksum ' || left(sha256, 12) || '..., published is '
            || left(accepted_checksum, 12) || '...'
        ) as detail

    from files
    where
        status = 'loaded' and accepted_checksum is not null
        and {{ known_by_as_of('last_at') }}
    group by all

),

quality_partitions as (

    select
        *,
        cast(null as varchar) as detail

    from measurements
    union all
    select * from refused_files
    union all
    select * from dropped_rows
    union all
    select * from accepted_checksums

)

select * from quality_partitions
