{%- macro bin_ceiling(price) -%}
    {{ bin_edge(price, 1) }}
{%- endmacro -%}
