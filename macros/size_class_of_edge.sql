{#- The size class that ends at an edge. -#}

{%- macro size_class_of_edge(edge) -%}
    {%- if edge not in var('size_tier_edges') -%}
        {{ exceptions.raise_compiler_error(
            'var large_trade_quote is ' ~ edge ~ ', which is no edge of a size class, so the trades above it cannot be told '
            ~ 'from the others.\n  What to do: choose one of ' ~ var('size_tier_edges') ~ ', or add it to size_tier_edges.'
        ) }}
    {%- endif -%}
    {{- var('size_tier_edges').index(edge) + 1 -}}
{%- endmacro -%}
