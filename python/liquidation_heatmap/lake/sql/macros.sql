-- Readings of one cell. They return null where the text means nothing, so that a rule can name the line.

-- The archive writes milliseconds; spot files write microseconds from 2025-01-01. The magnitude tells: 1e14 ms is
-- the year 5138, 1e14 us is 1973, before any market here. Beyond 1e16 nothing is a time.
create macro archive_time(number) as
    case
        when number between 0 and 99999999999999 then epoch_ms(number)
        when number between 100000000000000 and 9999999999999999 then make_timestamp(number)
    end;

-- Metrics and book depth are stamped with text.
create macro label_time(label) as
    coalesce(try_strptime(label, '%Y-%m-%d %H:%M:%S'), archive_time(try_cast(label as bigint)));

-- Rules on one cell. In DuckDB NaN is greater than every number, infinity included, so the upper bound rejects both.
create macro is_positive(number) as number > 0 and number < 'infinity'::double;
create macro is_not_negative(number) as number >= 0 and number < 'infinity'::double;
create macro is_finite(number) as number > '-infinity'::double and number < 'infinity'::double;
create macro is_empty_or_not_negative(number) as number is null or is_not_negative(number);
create macro is_empty_or_finite(number) as number is null or is_finite(number);
create macro is_present(cell) as cell is not null;
create macro is_side(label) as label in ('long', 'short');

-- A bar's high and low enclose its open and close.
create macro is_candle(open_value, high_value, low_value, close_value) as
    high_value >= greatest(open_value, close_value) and low_value <= least(open_value, close_value);
