coalesce(
    -- The text is given an offset, +00 where it has none, and read as microseconds since 1970 in UTC: like that, the
    -- time zone of the session does not matter.
    make_timestamp(epoch_us(try_cast(
        case
            when regexp_matches(
                cast(asked as varchar),
                '^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?$'
            ) then concat(
                left(cast(asked as varchar), 10), ' ',
                coalesce(nullif(regexp_extract(cast(asked as varchar), '[ T](\d{2}:\d{2})', 1), ''), '00:00'), ':',
                coalesce(nullif(regexp_extract(cast(asked as varchar), ':\d{2}:(\d{2}(\.\d+)?)', 1), ''), '00'),
                coalesce(nullif(regexp_extract(cast(asked as varchar), ':.*([+-]\d{2})', 1), ''), '+00'), ':',
                coalesce(nullif(regexp_extract(cast(asked as varchar), ':.*[+-]\d{2}:?(\d{2})', 1), ''), '00')
            )
        end as timestamptz
    ))),
    case
        when asked is not null then error(concat(
            'There is no time ', cast(asked as varchar), '.', chr(10), '  What to do: write 2026-01-31, 2026-01-31 08:00 or ',
            '2026-01-31T08:00:00+02:00; without an offset it is UTC.'
        ))
    end
)
