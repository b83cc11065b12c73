-- One row per source file and day: what each file could contribute, whether or not it owns the partition.
select
    unnest($file_key::varchar[]) as file_key,
    unnest($trade_date::date[]) as trade_date,
    unnest($row_count::bigint[]) as row_count,
    unnest($source_sha256::varchar[]) as source_sha256
