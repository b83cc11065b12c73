-- depends on nothing but the descriptions dbt has read
{%- set tables = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
    | selectattr('schema', 'equalto', model.schema) | sort(attribute='name') if execute else [] %}
{%- set columns = [] %}
{%- for table in tables %}
    {%- for column in table.columns.values() %}{% do columns.append((table.name, column)) %}{% endfor %}
{%- endfor %}
{%- for function in graph.functions.values() | selectattr('meta.columns') | sort(attribute='name') if execute %}
    {%- for column in function.meta.columns %}{% do columns.append((function.name, column)) %}{% endfor %}
{%- endfor %}
with

columns as (

    select *
    from (
        values
        {%- for table_name, column in columns %}
        (
            '{{ table_name }}', '{{ column.name }}', '{{ column.data_type }}',
            '{{ column.description | trim | replace("'", "''") }}'
        ){{ ',' if not loop.last }}
        {%- else %}
        (null, null, null, null)
        {%- endfor %}
    ) as columns (table_name, column_name, data_type, description)

)

select * from columns
