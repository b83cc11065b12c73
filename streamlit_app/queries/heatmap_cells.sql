-- Bins of the heatmap with their row and column in the picture; the caller adds up those of one cell. A bin goes to the
-- row that its middle lies in. A column of the picture is the book at its start, so only the heatmap's column there is
-- read. Amounts of longs are below 0, because a bin never holds both sides. Without open interest, amounts are percent of
-- the side.
select
    cast(epoch(book_at - cast($starts_at as timestamp)) / 60 / $minutes as integer) as column_number,
    cast(floor(((price_low + price_high) / 2 - $price_from) / $step) as integer) as row_number,
    cast(list_position($leverage_groups, cast(leverage_group as varchar)) - 1 as integer) as group_number,
    coalesce(short_quote - long_quote, 100 * (short_share - long_share)) as amount

from liquidation_heatmap
where
    venue = $venue
    and symbol = $symbol
    and model = $model
    and book_at >= $starts_at
    and book_at < $ends_at
    and price_low >= $price_from
    and price_high <= $price_to
    and epoch(book_at - cast($starts_at as timestamp)) % (60 * $minutes) = 0
