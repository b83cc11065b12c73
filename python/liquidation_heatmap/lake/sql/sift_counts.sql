-- One row per reason, and one without: how many rows, and the cells left empty in them.
select
    reason,
    count(*) as row_count,
    cast(sum(emptied_cells) as bigint) as emptied_cells

from read_parquet($parquet, hive_partitioning = false)
group by reason
order by row_count desc, reason
