{%- macro leverage_group(leverage) -%}
    {%- set edges = var('leverage_group_edges') -%}
    case
        {%- for edge in edges %}
        when {{ leverage }} <= {{ edge }} then '{{ "up to" if loop.first else (edges[loop.index0 - 1] + 1) ~ "x to" }} {{ edge }}x'
        {%- endfor %}
        else 'over {{ edges | last }}x'
    end
{%- endmacro -%}
