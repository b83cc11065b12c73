-- Start of the first bar of the symbol.
select min(bar_at) as first_bar_at

from price_bars
where venue = $venue and symbol = $symbol
