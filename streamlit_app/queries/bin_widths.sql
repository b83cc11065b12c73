-- Widths of the bins between two prices: they depend on the price alone, so any bin there tells.
select distinct round(price_high - price_low, 9) as width

from liquidation_levels
where symbol = $symbol and price_low >= $price_from and price_high <= $price_to
order by width
