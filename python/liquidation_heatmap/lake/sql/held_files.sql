-- One row per source file of the perpetual futures: what it covers, and the partitions it owns with their sizes.
select
    files.file_key,
    files.frequency,
    files.dataset,
    coalesce(files.interval, '') as "interval",
    files.symbol,
    files.period_start,
    files.period_end,
    files.status = 'loaded' as is_loaded,
    files.sha256,
    coalesce(list(partitions.path) filter (where partitions.path is not null), []) as paths,
    coalesce(list(partitions.parquet_bytes) filter (where partitions.path is not null), []) as sizes
from read_parquet($files, hive_partitioning = false) as files
left join read_parquet($partitions, hive_partitioning = false) as partitions
    on files.file_key = partitions.file_key
where files.market = 'um'
group by all
