-- Widths of the bins between two prices. A width depends on the price alone, and changes at 1, 2 and 5 times a power of
-- ten only.
with

digits as (

    select unnest([1, 2, 5]) as digit

),

edges as (

    -- Read from text, as in bin_width, because a product would miss the edge by the last digit.
    select cast(digits.digit || 'e' || powers.power as double) as price

    from digits
    cross join range(-13, 13) as powers (power) -- noqa: RF01

),

prices as (

    select cast($price_from as double) as price
    union all
    select price from edges
    where price > $price_from and price < $price_to

)

select distinct bin_width(price) as width

from prices
order by width
