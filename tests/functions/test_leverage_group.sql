select *

from (
    select
        leverage,
        expected,
        {{ function('leverage_group') }}(leverage) as actual

    from (
        values
        (1.0, 'up to 5x'), (5.0, 'up to 5x'), (6.0, '6x to 10x'), (10.0, '6x to 10x'),
        (11.0, '11x to 20x'), (20.0, '11x to 20x'), (21.0, 'over 20x'), (125.0, 'over 20x')
    ) as leverages (leverage, expected)
)
where actual <> expected
