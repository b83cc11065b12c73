{%- set names = leverage_group_names() -%}
case
    {%- for edge in var('leverage_group_edges') %}
    when leverage <= {{ edge }} then '{{ names[loop.index0] }}'
    {%- endfor %}
    else '{{ names | last }}'
end
