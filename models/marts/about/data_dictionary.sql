-- Made from what dbt has read of the models, which are their descriptions, contracts and tests. No table is read.
{%- set tables = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
    | selectattr('schema', 'equalto', model.schema) | sort(attribute='name') if execute else [] %}
{%- set keys = published_keys() if execute else {} %}
{%- set columns = [] %}
{%- for table in tables %}
    {%- for column in table.columns.values() %}
        {% do columns.append((table.name, table.description, loop.index, column, column.name in keys.get(table.name, []))) %}
    {%- endfor %}
{%- endfor %}
{%- for function in graph.functions.values() | selectattr('meta.columns') | sort(attribute='name') if execute %}
    {%- for column in function.meta.columns %}
        {% do columns.append((function.name, function.description, loop.index, column, false)) %}
    {%- endfor %}
{%- endfor %}
with

columns as (

    select *
    from (
        values
        {%- for table_name, table_description, position, column, is_key in columns %}
        (
            '{{ table_name }}', '{{ column.name }}', '{{ published_type(column) | replace("'", "''") }}',
            '{{ column.description | trim | replace("'", "''") }}', cast({{ position }} as bigint),
            {{ column.constraints | default([]) | selectattr('type', 'equalto', 'not_null') | list | length == 0 }}, {{ is_key }},
            '{{ table_description | trim | replace("'", "''") }}'
        ){{ ',' if not loop.last }}
        {%- else %}
        (null, null, null, null, null, null, null, null)
        {%- endfor %}
    ) as columns (
        table_name, column_name, data_type, description, position, is_nullable, is_key, table_description
    )

)

select * from columns
