with

cases as (

    select *
    from (
        values
        (64123.0, 64100.0, 64150.0),
        (64150.0, 64150.0, 64200.0),
        (64149.9, 64100.0, 64150.0),
        (1999.99, 1999.0, 2000.0),
        (2000.0, 2000.0, 2002.0),
        (4999.9, 4998.0, 5000.0),
        (5000.0, 5000.0, 5005.0),
        (0.7095, 0.7095, 0.71),
        (0.7094999, 0.709, 0.7095),
        (1.1, 1.1, 1.101),
        (0.00000908, 0.00000908, 0.000009085),
        (100000.0, 100000.0, 100100.0),
        (99999.99, 99950.0, 100000.0),
        (0.00000001, 0.00000001, 0.00000001001),
        (9999999.0, 9995000.0, 10000000.0)
    ) as examples (price, price_low, price_high)

),

cases_with_bins as (

    select
        *,
        {{ function('bin_floor') }}(price) as actual_low,
        {{ function('bin_ceiling') }}(price) as actual_high,
        {{ function('bin_low') }}({{ function('bin_number') }}(price)) as low_of_number,
        {{ function('bin_low') }}({{ function('bin_number') }}(price) + 1) as low_of_next_number

    from cases

)

-- Bounds must be exactly equal, because both are the doubles nearest to the same decimals.
select *

from cases_with_bins
where
    actual_low <> cast(price_low as double)
    or actual_high <> cast(price_high as double)
    or low_of_number <> actual_low
    or low_of_next_number <> actual_high
