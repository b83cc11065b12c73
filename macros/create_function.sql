{#- DuckDB has dbt's functions as macros. Their arguments have no types, so a text may be given for a time; the first CTE of a
    function casts each argument to the type that its yml says. -#}

{%- macro duckdb__scalar_function_sql(target_relation) -%}
    {{ create_function(target_relation, 'as') }}
{%- endmacro -%}

{%- macro duckdb__table_function_sql(target_relation) -%}
    {{ create_function(target_relation, 'as table') }}
{%- endmacro -%}

{%- macro create_function(target_relation, kind) -%}
    {#- The database's name is taken out, because a reader may attach the working file under another one. -#}
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
