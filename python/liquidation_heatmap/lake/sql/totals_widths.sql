-- One row per symbol: the width of its buckets, which is the smallest distance between two of them, and how many
-- distances are no multiple of it.
with

distances as (

    select
        symbol,
        date_diff('second', lag(bucket_start) over by_time, bucket_start) / 60 as minutes

    from (select distinct symbol, bucket_start from totals) as buckets
    window by_time as (partition by symbol order by bucket_start)

),

widths as (

    select
        symbol,
        min(minutes) as bucket_minutes

    from distances
    group by symbol

)

select
    widths.symbol,
    widths.bucket_minutes,
    count(*) as bucket_count,
    count_if(distances.minutes % widths.bucket_minutes != 0) as odd_distances

from widths
inner join distances
    on widths.symbol = distances.symbol
group by widths.symbol, widths.bucket_minutes
order by widths.symbol
