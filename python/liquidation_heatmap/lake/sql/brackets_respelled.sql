select distinct symbol
from incoming
where symbol <> in_capitals(symbol)
order by symbol
