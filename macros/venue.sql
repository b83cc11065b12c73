{#- The venue of every row. Staging has a folder for one; with a second, venue becomes a column of staging and takes this place. -#}

{%- macro venue() -%}
    'binance'
{%- endmacro -%}
