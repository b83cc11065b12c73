-- Ids that a kept row of the file has are taken off the list: they are not left out.
delete from dropped_ids
where id in (select {id} from read_parquet($parquet, hive_partitioning = false))
