{#- A query for the rows in which a table is not what it should be: the other one has no such row, this one has none, or a column
    differs. Numbers may differ by a billionth, which is more than the order in which doubles are added. -#}

{%- macro rows_that_differ(published, recomputed, keys, numbers=[], others=[]) -%}
select
    {%- for key in keys %}
    coalesce(published.{{ key }}, recomputed.{{ key }}) as {{ key }},
    {%- endfor %}
    {%- for column in numbers + others %}
    published.{{ column }},
    recomputed.{{ column }} as recomputed_{{ column }},
    {%- endfor %}
    published.{{ keys[0] }} is not null as is_published,
    recomputed.{{ keys[0] }} is not null as is_recomputed

from {{ published }} as published
full join {{ recomputed }} as recomputed
    {%- for key in keys %}
    {{ 'on' if loop.first else 'and' }} published.{{ key }} = recomputed.{{ key }}
    {%- endfor %}
where
    published.{{ keys[0] }} is null
    or recomputed.{{ keys[0] }} is null
    {%- for column in others %}
    or published.{{ column }} is distinct from recomputed.{{ column }}
    {%- endfor %}
    {%- for column in numbers %}
    or (published.{{ column }} is null) <> (recomputed.{{ column }} is null)
    or abs(published.{{ column }} - recomputed.{{ column }})
    > 1e-9 * greatest(abs(published.{{ column }}), abs(recomputed.{{ column }})) + 1e-12
    {%- endfor %}
{%- endmacro -%}
