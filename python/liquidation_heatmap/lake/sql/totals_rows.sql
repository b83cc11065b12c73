select distinct
    epoch_ms(bucket_start) as bucket_start,
    cast($bucket_minutes as bigint) as bucket_minutes,
    long_quote,
    short_quote

from totals
where symbol = $symbol
