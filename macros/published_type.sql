{#- Type of a column in the published file: that of its contract. A leverage group is an enum, so that groups sort by leverage and
    not by letters. -#}

{%- macro published_type(column) -%}
    {%- if column.name == 'leverage_group' -%}
        enum('{{ leverage_group_names() | join("', '") }}')
    {%- else -%}
        {{ column.data_type }}
    {%- endif -%}
{%- endmacro -%}
