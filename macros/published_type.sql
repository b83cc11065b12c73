{#- Type of a column in the published file: that of its contract. Groups of leverages are text whose values are listed, from the
    lowest leverage, so that they sort as leverage does and not as letters do. -#}

{%- macro published_type(column) -%}
    {%- if column.name == 'leverage_group' -%}
        enum('{{ leverage_group_names() | join("', '") }}')
    {%- else -%}
        {{ column.data_type }}
    {%- endif -%}
{%- endmacro -%}
