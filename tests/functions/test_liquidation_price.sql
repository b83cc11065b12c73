{% set brackets -%}
    [
        {'max_notional': 50000.0, 'margin_rate': 0.004, 'max_leverage': 125, 'maintenance_amount': 0.0},
        {'max_notional': 250000.0, 'margin_rate': 0.005, 'max_leverage': 100, 'maintenance_amount': 50.0},
        {'max_notional': 1000000.0, 'margin_rate': 0.01, 'max_leverage': 50, 'maintenance_amount': 1300.0}
    ]
{%- endset %}
with

cases as (

    select *
    from (
        values
        -- 100 * (1 - 0.01) / (1 - 0.004)
        ('first bracket, long 100x', 'long', 100.0, 100.0, 1.0, 100.0 * 0.99 / 0.996),
        ('first bracket, short 100x', 'short', 100.0, 100.0, 1.0, 100.0 * 1.01 / 1.004),
        ('first bracket, long 125x, the most it grants', 'long', 100.0, 125.0, 500.0, 100.0 * 0.992 / 0.996),
        ('leverage above the bracket is no position', 'long', 100.0, 125.0, 501.0, null),
        ('larger than the last bracket is no position', 'short', 100.0, 1.0, 10001.0, null),
        -- (E (1 - 1/L) - 50/q) / (1 - 0.005)
        ('second bracket, long 20x', 'long', 100.0, 20.0, 1000.0, (95.0 - 0.05) / 0.995),
        -- Opened at 49,900 in the first bracket and liquidated near 54,600 in the second, whose amount and rate apply.
        ('short grows into the second bracket', 'short', 100.0, 10.0, 499.0, (110.0 + 50 / 499.0) / 1.005),
        -- Opened at 50,500 in the second bracket and liquidated below 50,000 in the first, whose amount and rate apply.
        ('long shrinks into the first bracket', 'long', 100.0, 10.0, 505.0, 90.0 / 0.996),
        ('one times its margin is liquidated at nothing', 'long', 100.0, 1.0, 1.0, 0.0),
        ('one times short is liquidated below twice the entry', 'short', 100.0, 1.0, 1.0, 200.0 / 1.004)
    ) as examples (story, side, entry_price, leverage, quantity, expected)

),

-- As the models call it: columns in, one row per position.
prices_of_rows as (

    select
        *,
        {{ function('position_liquidation_price') }}(
            side, entry_price, leverage, quantity * entry_price, {{ brackets }}
        ) as actual,
        {{ function('naive_liquidation_price') }}(side, entry_price, leverage, 0.004) as naive

    from cases

),

-- As an analyst types it: constants in, one value.
prices_of_constants as (

    select
        {{ function('position_liquidation_price') }}('long', 100.0, 100.0, 100.0, {{ brackets }}) as long_100x,
        {{ function('position_liquidation_price') }}('short', 100.0, 10.0, 49900.0, {{ brackets }}) as short_10x

)

select
    prices_of_rows.story,
    prices_of_rows.expected,
    prices_of_rows.actual

from prices_of_rows
where
    (prices_of_rows.expected is null) <> (prices_of_rows.actual is null)
    or abs(prices_of_rows.actual - prices_of_rows.expected) > 1e-9

union all

select
    'constants and columns give different prices' as story,
    prices_of_rows.actual as expected,
    case prices_of_rows.story
        when 'first bracket, long 100x' then prices_of_constants.long_100x else prices_of_constants.short_10x
    end as actual

from prices_of_rows
cross join prices_of_constants
where
    (prices_of_rows.story = 'first bracket, long 100x' and prices_of_rows.actual <> prices_of_constants.long_100x)
    or (
        prices_of_rows.story = 'short grows into the second bracket'
        and prices_of_rows.actual <> prices_of_constants.short_10x
    )

union all

select
    'the naive formula is 0.996 % below the entry, and the exact one 0.602 %' as story,
    99.004 as expected,
    naive as actual

from prices_of_rows
where
    story = 'first bracket, long 100x'
    and (abs(naive - 99.004) > 1e-9 or round(100 * (1 - actual / entry_price), 3) <> 0.602)
