{#- dbt's functions, as DuckDB has them: macros, whose arguments have no types of their own, so that text does for a time. The
    arguments' types in the yml of functions/ are what the first CTE of each function casts them to. -#}

{%- macro duckdb__scalar_function_sql(target_relation) -%}
    {{ create_function(target_relation, 'as') }}
{%- endmacro -%}

{%- macro duckdb__table_function_sql(target_relation) -%}
    {{ create_function(target_relation, 'as table') }}
{%- endmacro -%}

{%- macro create_function(target_relation, kind) -%}
    {#- without the database's name: a reader may attach the working file under another -#}
    create or replace macro {{ target_relation }}({{ function_arguments(model) }}) {{ kind }} (
        {{ model.compiled_code | replace(adapter.quote(target_relation.database) ~ '.', '') }}
    )
{%- endmacro -%}

{%- macro function_arguments(node) -%}
    {%- for argument in node.arguments -%}
        {{ argument.name }}
        {%- if argument.default_value is defined and argument.default_value is not none %} := {{ argument.default_value }}{% endif -%}
        {{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
