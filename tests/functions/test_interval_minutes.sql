select *

from (
    select
        label,
        minutes,
        {{ interval_minutes('label') }} as actual

    from (
        values ('1m', 1), ('5m', 5), ('4h', 240), ('1d', 1440), ('1w', 10080), ('1mo', null), ('1M', null)
    ) as labels (label, minutes)
)
where actual is distinct from minutes
