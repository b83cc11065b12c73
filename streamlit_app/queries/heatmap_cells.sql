-- Bins of the heatmap with their row and column in the picture; the caller adds up those of one cell. A bin goes to the
-- row that its middle lies in. A column of the picture is the book at its start, so only the heatmap's column there is
-- read. Without open interest, amounts are percent of the side.
select
    cast(epoch(book_at - cast($starts_at as timestamp)) / 60 / $minutes as integer) as column_number,
    cast(floor(((price_low + price_high) / 2 - $price_from) / $step) as integer) as row_number,
    case
        when $side = 'long' then coalesce(long_quote, 100 * long_share)
        when $side = 'short' then coalesce(short_quote, 100 * short_share)
        else coalesce(long_quote + short_quote, 100 * (long_share + short_share))
    end as amount

from liquidation_heatmap
where
    venue = $venue
    and symbol = $symbol
    and model = $model
    and book_at >= $starts_at
    and book_at < $ends_at
    and price_low >= $price_from
    and price_high <= $price_to
    and list_contains($leverage_groups, leverage_group)
    and epoch(book_at - cast($starts_at as timestamp)) % (60 * $minutes) = 0
