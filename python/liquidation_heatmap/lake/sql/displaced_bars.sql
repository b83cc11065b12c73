-- How many of the archive's bars the exchange had told before, minute by minute and whole, and how many of these have a
-- price that is off by more than a basis point, or a volume by more than ten.
with

archived as (

    select * from read_parquet($archived, hive_partitioning = false)

),

live as (

    select * from read_parquet($live, hive_partitioning = false)

),

told as (

    select
        archived.open_time,
        any_value(archived.volume) as volume,
        sum(live.volume) as told_volume,
        greatest(
            abs(arg_min(live.open, live.open_time) / any_value(archived.open) - 1),
            abs(max(live.high) / any_value(archived.high) - 1),
            abs(min(live.low) / any_value(archived.low) - 1),
            abs(arg_max(live.close, live.open_time) / any_value(archived.close) - 1)
        ) as price_difference

    from archived
    inner join live
        on live.open_time between archived.open_time and archived.close_time
    group by archived.open_time, archived.close_time
    having count(*) = round(epoch_ms(archived.close_time - archived.open_time) / 60000)

)

select
    count(*) as rows_told,
    count(*) filter (
        where price_difference > 0.0001 or abs(told_volume - volume) > 0.001 * greatest(told_volume, volume)
    ) as rows_differing

from told
