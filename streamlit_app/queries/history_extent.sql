-- From when on there are bars of the symbol to show.
select min(bar_at) as first_bar_at

from price_bars
where symbol = $symbol
