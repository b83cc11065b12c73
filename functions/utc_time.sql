(
    select
        case
            when parts.text is null then null
            when parts.is_written_so and parts.local_time is not null
                then parts.local_time - to_minutes(cast(parts.offset_sign * parts.offset_minutes as bigint))
            else error(concat(
                'There is no time ', parts.text, '.', chr(10), '  What to do: write 2026-01-31, 2026-01-31 08:00 or ',
                '2026-01-31T08:00:00+02:00; without an offset it is UTC.'
            ))
        end

    from (
        select
            written.text,
            regexp_matches(
                written.text,
                '^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?$'
            ) as is_written_so,
            try_cast(concat(
                left(written.text, 10), ' ',
                coalesce(nullif(regexp_extract(written.text, '[ T](\d{2}:\d{2})', 1), ''), '00:00'), ':',
                coalesce(nullif(regexp_extract(written.text, ':\d{2}:(\d{2}(\.\d+)?)', 1), ''), '00')
            ) as timestamp) as local_time,
            case regexp_extract(written.text, ':.*([+-])', 1) when '-' then -1 else 1 end as offset_sign,
            60 * coalesce(try_cast(regexp_extract(written.text, ':.*[+-](\d{2})', 1) as integer), 0)
            + coalesce(try_cast(regexp_extract(written.text, ':.*[+-]\d{2}:?(\d{2})', 1) as integer), 0) as offset_minutes

        from (select cast(asked as varchar) as text) as written
    ) as parts
)
