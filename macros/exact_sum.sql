{#- Adding doubles gives another last digit in another order, and threads add in any order. Whole numbers do not, and the
    exchange's prices and quantities are whole multiples of 1e-8, so this sum is exact and the same in every build. Parts of
    them, as the models divide quantities, need more decimals, which take wider whole numbers. -#}

{%- macro exact_sum(expression, decimals=8, over='') -%}
    sum(cast(round(({{ expression }}) * 1e{{ decimals }}) as {{ 'bigint' if decimals <= 8 else 'hugeint' }})) {{ over }} / 1e{{ decimals }}
{%- endmacro -%}
