-- One row per source file.
copy (
    select
        unnest($file_key::varchar[]) as file_key,
        unnest($market::varchar[]) as market,
        unnest($frequency::varchar[]) as frequency,
        unnest($dataset::varchar[]) as dataset,
        unnest($interval::varchar[]) as "interval",
        unnest($symbol::varchar[]) as symbol,
        unnest($period_start::date[]) as period_start,
        unnest($period_end::date[]) as period_end,
        unnest($source::varchar[]) as source,
        unnest($sha256::varchar[]) as sha256,
        unnest($source_bytes::bigint[]) as source_bytes,
        unnest($status::varchar[]) as status,
        unnest($reason::varchar[]) as reason,
        unnest($line::bigint[]) as line,
        unnest($row_count::bigint[]) as row_count,
        unnest($first_id::bigint[]) as first_id,
        unnest($last_id::bigint[]) as last_id,
        unnest($first_at::timestamp[]) as first_at,
        unnest($last_at::timestamp[]) as last_at,
        unnest($id_gaps::bigint[]) as id_gaps,
        unnest($duplicates_dropped::bigint[]) as duplicates_dropped,
        unnest($loaded_at::timestamp[]) as loaded_at
) to $target (format parquet, compression zstd)
