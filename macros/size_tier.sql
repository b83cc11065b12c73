{%- macro size_tier(notional) -%}
    (1{% for edge in var('size_tier_edges') %} + cast({{ notional }} >= {{ edge }} as integer){% endfor %})
{%- endmacro -%}
