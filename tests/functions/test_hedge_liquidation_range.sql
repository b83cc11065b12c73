{% set one_percent = "[{'max_notional': 1e12, 'margin_rate': 0.01, 'max_leverage': 50, 'maintenance_amount': 0.0}]" %}
with

ranges as (

    -- equity at price p: 1000 + 3 (p - 100) - 2 (p - 110) = 920 + p; margin: 0.05 p; zero at 920 / -0.95 < 0
    select
        'an account that survives any fall' as story,
        {{ function('hedge_liquidation_range') }}(100, 3, 110, 2, 1000, 0, 0, {{ one_percent }}) as safe_prices,
        round(-920 / 0.95, 6) as expected_below,
        null as expected_above

    union all

    -- equity: 1000 + (p - 100) - (p - 110) = 1010 at any price; margin: 0.02 p
    select
        'a balanced hedge is liquidated by its margin alone, on the way up' as story,
        {{ function('hedge_liquidation_range') }}(100, 1, 110, 1, 1000, 0, 0, {{ one_percent }}) as safe_prices,
        null as expected_below,
        50500 as expected_above

    union all

    -- equity: 1.02 (p - 100) - (p - 100) = 0.02 p - 2, less 10 + 25 of other positions. Margin of each leg: 5 % of what
    -- is above 10,000. Zero at 37 / 0.02 on the way down, at 963 / 0.081 on the way up
    select
        'little more long than short: one price on either side' as story,
        {{ function('hedge_liquidation_range') }}(
            100, 1.02, 100, 1, 0, 25, -10,
            {{ "[
                {'max_notional': 1e4, 'margin_rate': 0.0, 'max_leverage': 50, 'maintenance_amount': 0.0},
                {'max_notional': 1e12, 'margin_rate': 0.05, 'max_leverage': 20, 'maintenance_amount': 500.0}
            ]" }}
        ) as safe_prices,
        1850 as expected_below,
        round(963 / 0.081, 6) as expected_above

    union all

    -- equity: 5 + (p - 110) - (p - 100) = -5 at any price, though the lines of the second bracket cross zero
    select
        'a loss that is locked in is covered at no price' as story,
        {{ function('hedge_liquidation_range') }}(
            110, 1, 100, 1, 5, 0, 0,
            {{ "[
                {'max_notional': 1e3, 'margin_rate': 0.0, 'max_leverage': 50, 'maintenance_amount': 0.0},
                {'max_notional': 1e12, 'margin_rate': 0.1, 'max_leverage': 5, 'maintenance_amount': 100.0}
            ]" }}
        ) as safe_prices,
        null as expected_below,
        null as expected_above

)

select *

from ranges
where
    round(struct_extract(safe_prices, 'below'), 6) is distinct from expected_below
    or round(struct_extract(safe_prices, 'above'), 6) is distinct from expected_above
