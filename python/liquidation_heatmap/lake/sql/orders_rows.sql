select distinct * exclude (symbol, line)
from orders
where symbol = $symbol
