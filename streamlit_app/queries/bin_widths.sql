-- Widths of the bins between two prices: they depend on the price alone, so any bin there tells. A difference of two
-- prices has fourteen of their digits.
select distinct round(price_high - price_low, 14 - cast(floor(log10(price_high)) as integer)) as width

from liquidation_levels
where symbol = $symbol and price_low >= $price_from and price_high <= $price_to
order by width
