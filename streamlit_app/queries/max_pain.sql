select
    side,
    price

from max_pain
where symbol = $symbol and model = $model
order by side
