select *

from (
    select
        notional,
        expected_class,
        {{ function('size_class') }}(notional) as actual

    from (
        values (1.0, 1), (999.99, 1), (1000.0, 2), (10000.0, 3), (99999.0, 3), (1e6, 5)
    ) as orders (notional, expected_class)
)
where actual <> expected_class
