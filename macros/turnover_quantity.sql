{#- What changes hands without changing open interest is closed by one and opened by another, counted once on each side. -#}

{%- macro turnover_quantity(volume, change) -%}
    {{ var('turnover') }} * greatest({{ volume }} - abs({{ change }}), 0) / 2
{%- endmacro -%}
