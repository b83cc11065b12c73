with

-- long 1000 coins from 50 to 60, short 500 from 80 to 60, wallet of 2000, other positions 1000 down
account as (

    select
        {{ function('account_equity') }}(60, 50, 1000, 80, 500, 2000, -1000) as equity,
        {{ function('account_bankruptcy_price') }}(50, 1000, 80, 500, 2000, -1000) as bankruptcy_price,
        {{ function('account_bankruptcy_price') }}(50, 1000, 80, 1000, 2000, -1000) as price_of_balanced

)

select *

from account
where
    equity <> 2000 - 1000 + 10000 + 10000
    or abs(bankruptcy_price - 18) > 1e-9
    or price_of_balanced is not null
    or abs({{ function('margin_ratio') }}(250 + 120 + 100, equity) - 470 / 21000) > 1e-12
    or {{ function('margin_ratio') }}(470, 0) is not null
    or {{ function('margin_ratio') }}(470, -1) is not null
