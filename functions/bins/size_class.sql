case
    {%- for edge in var('size_tier_edges') %}
    when notional < {{ edge }} then {{ loop.index }}
    {%- endfor %}
    else {{ var('size_tier_edges') | length + 1 }}
end
