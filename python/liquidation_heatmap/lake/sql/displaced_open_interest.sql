-- How many of the archive's observations of open interest the exchange had told before, and how many of these are off by
-- more than a basis point.
select
    count(*) as rows_told,
    count(*) filter (where abs(live.sum_open_interest / archived.sum_open_interest - 1) > 0.0001) as rows_differing

from read_parquet($archived, hive_partitioning = false) as archived
inner join read_parquet($live, hive_partitioning = false) as live
    on archived.create_time = live.create_time
