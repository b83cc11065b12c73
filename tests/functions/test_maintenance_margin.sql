{% set brackets -%}
    [
        {'max_notional': 50000.0, 'margin_rate': 0.004, 'max_leverage': 125, 'maintenance_amount': 0.0},
        {'max_notional': 250000.0, 'margin_rate': 0.005, 'max_leverage': 100, 'maintenance_amount': 50.0}
    ]
{%- endset %}
with

cases as (

    select *
    from (
        values
        (10000.0, 40.0, 125, 1),
        (50000.0, 200.0, 125, 1),
        (50000.01, 200.00005, 100, 2),
        (100000.0, 450.0, 100, 2),
        (250000.0, 1200.0, 100, 2),
        (250000.01, 1200.00005, null, 2)
    ) as examples (notional, expected_margin, expected_leverage, expected_number)

),

computed as (

    select
        *,
        {{ function('maintenance_margin_of') }}(notional, {{ brackets }}) as actual_margin,
        {{ function('max_leverage') }}(notional, {{ brackets }}) as actual_leverage,
        {{ function('bracket_number') }}(notional, {{ brackets }}) as actual_number

    from cases

)

select *

from computed
where
    abs(actual_margin - expected_margin) > 1e-9
    or actual_leverage is distinct from expected_leverage
    or actual_number is distinct from expected_number
