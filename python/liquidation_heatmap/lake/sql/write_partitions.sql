-- One row per partition visible in the lake.
copy (
    select
        unnest($market::varchar[]) as market,
        unnest($dataset::varchar[]) as dataset,
        unnest($interval::varchar[]) as "interval",
        unnest($symbol::varchar[]) as symbol,
        unnest($trade_date::date[]) as trade_date,
        unnest($file_key::varchar[]) as file_key,
        unnest($source_sha256::varchar[]) as source_sha256,
        unnest($path::varchar[]) as path,
        unnest($row_count::bigint[]) as row_count,
        unnest($first_id::bigint[]) as first_id,
        unnest($last_id::bigint[]) as last_id,
        unnest($first_at::timestamp[]) as first_at,
        unnest($last_at::timestamp[]) as last_at,
        unnest($id_gaps::bigint[]) as id_gaps,
        unnest($duplicates_dropped::bigint[]) as duplicates_dropped,
        unnest($parquet_bytes::bigint[]) as parquet_bytes,
        unnest($loaded_at::timestamp[]) as loaded_at,
        unnest($parquet_sha256::varchar[]) as parquet_sha256,
        unnest($low_price::double[]) as low_price,
        unnest($high_price::double[]) as high_price,
        unnest($volume_coins::double[]) as volume_coins,
        unnest($rows_out_of_order::bigint[]) as rows_out_of_order
) to $target (format parquet, compression zstd)
