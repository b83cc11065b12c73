select
    side,
    price

from max_pain
where venue = $venue and symbol = $symbol and model = $model
order by side
