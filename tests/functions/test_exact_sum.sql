select *

from (
    select {{ exact_sum('amount') }} as total

    from (
        select 0.1 as amount
        from range(1000)
        union all
        select 1e6 as amount
    ) as amounts
) as sums
where total <> 1000100.0
