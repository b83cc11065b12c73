-- An id that another row of the file has is not left out.
delete from dropped_ids
where id in (select {id} from read_parquet($parquet, hive_partitioning = false))
