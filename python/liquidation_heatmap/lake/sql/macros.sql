-- Macros that read one cell. They return null where the text means nothing, so that a rule can name the line.

-- A time, in milliseconds or microseconds since 1970. The archive writes milliseconds; its spot files write
-- microseconds from 2025-01-01 on (https://github.com/binance/binance-public-data). The size of the number tells which:
-- the earliest time in microseconds is far above the latest one in milliseconds.
create macro archive_time(number) as
    case
        when number between {earliest_ms} and {latest_ms} then epoch_ms(number)
        when number between {earliest_ms} * 1000 and {latest_ms} * 1000 then make_timestamp(number)
    end;

-- A time as text, as metrics and book depths have it.
create macro label_time(label) as
    archive_time(coalesce(epoch_ms(try_strptime(label, '%Y-%m-%d %H:%M:%S')), try_cast(label as bigint)));

create macro is_side(label) as label in ('long', 'short');

-- A bar's high and low enclose its open and close.
create macro is_candle(open_value, high_value, low_value, close_value) as
    high_value >= greatest(open_value, close_value) and low_value <= least(open_value, close_value);

-- A whole number, read as a double: read as an integer, the text 2.5 would be taken for 3.
create macro whole(number) as
    case when number = trunc(number) then cast(number as bigint) end;

create macro castable(number) as case when abs(number) <= 9007199254740992 then number end;

-- The text of a cell; null for what programs write where there is nothing.
create macro written(cell) as
    case when lower(trim(cell)) not in ('', 'null', 'none', 'nan', 'nil', 'n/a', 'na', '-', '\n') then trim(cell) end;

-- A symbol in capitals, as the exchange writes it. Only Latin letters are changed: others have no case, or do not come
-- back to themselves from the other case.
create macro in_capitals(label) as
    translate(trim(label), 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');

create macro is_symbol(label) as
    length(label) <= 40 and regexp_full_match(label, '[\p{{L}}\p{{N}}_]+') and regexp_matches(label, '\p{{L}}');

create macro is_coin_margined(label) as regexp_full_match(label, '.*USD_(PERP|[0-9][0-9][0-9][0-9][0-9][0-9])');
