with

bins as (

    select distinct
        'book_states' as mart,
        price_low,
        price_low + {{ function('bin_width') }}(price_low) as price_high

    from {{ ref('book_states') }}

    union all

    select distinct
        'liquidation_levels' as mart,
        price_low,
        price_high

    from {{ ref('liquidation_levels') }}

)

select *

from bins
where
    abs(price_low - {{ function('bin_floor') }}((price_low + price_high) / 2)) > 1e-9 * price_high
    or abs(price_high - {{ function('bin_ceiling') }}(price_low)) > 1e-9 * price_high
    or price_high <= price_low
