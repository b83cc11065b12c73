{% set eth = "[{'max_notional': 1e12, 'margin_rate': 0.10, 'max_leverage': 5, 'maintenance_amount': 135365.0}]" %}
{% set btc = "[{'max_notional': 1e12, 'margin_rate': 0.025, 'max_leverage': 20, 'maintenance_amount': 16300.0}]" %}
with

cases as (

    select
        'isolated ETH long' as story,
        1114.78 as expected,
        {{ function('cross_liquidation_price') }}('long', 1456.84, 3683.979, 1535443.01, 0, 0, {{ eth }}) as actual

    union all

    select
        'isolated BTC long' as story,
        18778.73 as expected,
        {{ function('cross_liquidation_price') }}('long', 32481.98, 109.488, 1535443.01, 0, 0, {{ btc }}) as actual

    union all

    select
        'cross ETH long beside BTC' as story,
        1153.26 as expected,
        {{ function('cross_liquidation_price') }}(
            'long', 1456.84, 3683.979, 1535443.01, 71200.811444, -56354.56848, {{ eth }}
        ) as actual

    union all

    select
        'cross BTC long beside ETH' as story,
        26316.89 as expected,
        {{ function('cross_liquidation_price') }}(
            'long', 32481.98, 109.488, 1535443.01, 356512.508122, -448192.88514, {{ btc }}
        ) as actual

    union all

    select
        'hedge mode with an empty short leg is the cross long' as story,
        1153.26 as expected,
        {{ function('hedge_liquidation_price') }}(
            1456.84, 3683.979, 0, 0, 1535443.01, 71200.811444, -56354.56848,
            {{ "[{'max_notional': 1e12, 'margin_rate': 0.10, 'max_leverage': 5, 'maintenance_amount': 135365.0 / 2}]" }}
        ) as actual

    union all

    -- Equity at price p is 1000 + 2 (p - 100) - (p - 110), margin at 1 % is 0.03 p: equal at 910 / -0.97 < 0, so never.
    select
        'a small hedged account survives any fall' as story,
        round((-1000.0 + 200 - 110) / (1 - 0.03), 2) as expected,
        {{ function('hedge_liquidation_price') }}(
            100, 2, 110, 1, 1000, 0, 0,
            {{ "[{'max_notional': 1e12, 'margin_rate': 0.01, 'max_leverage': 50, 'maintenance_amount': 0.0}]" }}
        ) as actual

    union all

    -- Equity at price p is 50 - (p - 100), margin at 1 % is 0.01 p: equal at 150 / 1.01.
    select
        'short leg alone' as story,
        round(150 / 1.01, 2) as expected,
        {{ function('hedge_liquidation_price') }}(
            0, 0, 100, 1, 50, 0, 0,
            {{ "[{'max_notional': 1e12, 'margin_rate': 0.01, 'max_leverage': 50, 'maintenance_amount': 0.0}]" }}
        ) as actual

)

select *

from cases
where actual is null or round(actual, 2) <> expected
