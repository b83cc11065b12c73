select distinct symbol
from given
where symbol <> in_capitals(symbol)
order by symbol
