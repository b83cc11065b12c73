-- The manifest of a lake of five years and fifty symbols: each series of the lake at hand, day by day.
with

series as (

    select *
    from read_parquet($manifest)
    where market = 'um' and dataset <> 'simulatedPositions'
    qualify row_number() over (partition by dataset, "interval" order by trade_date) = 1

),

days as (

    select unnest(generate_series(date '2021-01-01', date '2025-12-31', interval 1 day))::date as day

),

symbols as (

    select 'MANY' || number || 'USDT' as symbol
    from range(50) as numbers (number)

)

select
    series.* replace (
        symbols.symbol as symbol,
        days.day as trade_date,
        series.first_at + (days.day - series.trade_date) * interval 1 day as first_at,
        series.last_at + (days.day - series.trade_date) * interval 1 day as last_at,
        -- every hundredth day is half a day
        if(dayofyear(days.day) % 100 = 0, series.row_count // 2, series.row_count) as row_count
    )

from series, days, symbols
