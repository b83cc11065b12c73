-- A time is text in UTC or a number of milliseconds; text with another offset would be read as if it were UTC.
create table totals as
select
    in_capitals(symbol) as symbol,
    try_cast(long_usd as double) as long_quote,
    try_cast(short_usd as double) as short_quote,
    case
        when regexp_full_match("timestamp", '\d+') then archive_time(try_cast("timestamp" as bigint))
        when regexp_full_match("timestamp", '[-0-9]+([T ][:.0-9]+)?(Z|\+00:?00)?') then archive_time(epoch_ms(try_cast("timestamp" as timestamp)))
    end as bucket_start,
    line

from given
