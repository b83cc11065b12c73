{#- Nodes downstream of a failed test are not built, so by the time health is built every test above it has passed or
    warned. Tests keep their failing rows in a table each: a warning is a table with rows. -#}

{%- macro data_tests_of_build() -%}
    {%- set tests = graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') | list if execute else [] -%}
    {{- return(tests | selectattr('config.enabled') | list) -}}
{%- endmacro -%}

{%- macro tests_warned() -%}
    {%- set warned = [] -%}
    {%- for test in data_tests_of_build() if test.config.severity | lower == 'warn' -%}
        {#- dbt's cache of relations does not know tables that tests made, so the engine is asked -#}
        {%- set found = run_query(
            "select 1 from information_schema.tables where table_schema = '" ~ test.schema
            ~ "' and table_name = '" ~ test.alias ~ "'"
        ) -%}
        {%- if found | length > 0 and run_query('select 1 from ' ~ test.relation_name ~ ' limit 1') | length > 0 -%}
            {%- do warned.append(test.name) -%}
        {%- endif -%}
    {%- endfor -%}
    cast({{ warned | length }} as bigint)
{%- endmacro -%}

{%- macro tests_passed() -%}
    cast({{ data_tests_of_build() | length }} as bigint) - {{ tests_warned() }}
{%- endmacro -%}
