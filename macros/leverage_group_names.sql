{#- Names of the groups, from the lowest leverage: each but the last is "up to" or "from x to y". -#}

{%- macro leverage_group_names() -%}
    {%- set names = [] -%}
    {%- for edge in var('leverage_group_edges') -%}
        {%- do names.append(("up to" if loop.first else (loop.previtem + 1) ~ "x to") ~ " " ~ edge ~ "x") -%}
    {%- endfor -%}
    {%- do names.append("over " ~ (var('leverage_group_edges') | last) ~ "x") -%}
    {{ return(names) }}
{%- endmacro -%}
