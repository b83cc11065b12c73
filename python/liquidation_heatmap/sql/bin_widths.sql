-- Widths of the bins between two prices. A width depends on the price alone, so any model's bins show it. Differences
-- are rounded, because of the digits of two prices only fourteen are left in them.
select distinct round(price_high - price_low, 14 - cast(floor(log10(price_high)) as integer)) as width

from liquidation_levels
where venue = $venue and symbol = $symbol and price_low >= $price_from and price_high <= $price_to
order by width
