{#- The columns that together name a row of each model, by the tests that prove it: unique_grain, or unique of one column.
    A view says it itself (meta.grain), as its rows follow from those of tables. -#}

{%- macro published_keys() -%}
    {%- set keys = {} -%}
    {%- for test in graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') -%}
        {%- if test.attached_node and test.test_metadata.name in ('unique_grain', 'unique') -%}
            {%- set table_name = graph.nodes[test.attached_node].name -%}
            {%- do keys.update({table_name: test.test_metadata.kwargs.get('columns', [test.column_name])}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for view in graph.nodes.values() | selectattr('config.meta.grain') -%}
        {%- do keys.update({view.name: view.config.meta.grain}) -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro -%}
