{#- A sum that is the same in every build. Doubles added in another order give another last digit, and threads add in any order;
    whole numbers do not. The exchange's prices and quantities are whole multiples of 1e-8, so of them this sum is exact. Where
    models divide quantities, their parts need more decimals.

    The whole numbers have 128 bits: with `decimals` behind the point, a value and the sum may reach 1.7e38 / 10^decimals. What
    ingest accepts stays far below in every use: in a row 1e14 coins and 1e13 of quote currency, in a window 1e17 and 1e15, prices
    from 1e-8 to 1e7 (python/liquidation_heatmap/lake/sql/macros.sql). 64 bits hold only 9.2e18 / 10^decimals, a busy day of one
    symbol in quote currency, and save a few percent of a sum over millions of trades: `is_narrow` asks for them where the
    caller has proved that every value fits. Both give the same sum. -#}

{%- macro exact_sum(expression, decimals=8, over='', is_narrow=false) -%}
    sum(cast(round(({{ expression }}) * 1e{{ decimals }}) as {{ 'bigint' if is_narrow else 'hugeint' }})) {{ over }} / 1e{{ decimals }}
{%- endmacro -%}
