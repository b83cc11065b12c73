create table orders as
select
    in_capitals(symbol) as symbol,
    epoch_ms(archive_time(try_cast("time" as bigint))) as "time",
    upper(side) as side,
    order_type,
    time_in_force,
    try_cast(original_quantity as double) as original_quantity,
    try_cast(price as double) as price,
    try_cast(average_price as double) as average_price,
    order_status,
    try_cast(last_fill_quantity as double) as last_fill_quantity,
    try_cast(accumulated_fill_quantity as double) as accumulated_fill_quantity,
    line

from given
