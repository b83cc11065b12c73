select *

from (
    select
        {{ function('bankruptcy_price') }}('long', 100.0, 20) as long_price,
        {{ function('bankruptcy_price') }}('short', 100.0, 20) as short_price
)
where abs(long_price - 95) > 1e-12 or abs(short_price - 105) > 1e-12
