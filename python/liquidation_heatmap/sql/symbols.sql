-- Symbols, the largest open interest first.
select *

from symbols
order by open_interest_quote desc nulls last, venue, symbol
