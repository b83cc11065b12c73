{#- Nodes downstream of a failed test are not built, so by the time health is built every test that this run selected and that lies
    above it has passed or warned. Tests keep their failing rows in a table each: a warning is a table with rows. -#}

{%- macro data_tests(were_run) -%}
    {%- set tests = nodes_of_build() | selectattr('resource_type', 'equalto', 'test') -%}
    {%- if were_run -%}
        {{- return(tests | selectattr('unique_id', 'in', selected_resources) | list if flags.WHICH == 'build' else []) -}}
    {%- else -%}
        {{- return(tests | rejectattr('unique_id', 'in', selected_resources) | list if flags.WHICH == 'build' else tests | list) -}}
    {%- endif -%}
{%- endmacro -%}

{%- macro tests_warned() -%}
    {%- set warned = [] -%}
    {%- for test in data_tests(were_run=true) if test.config.severity | lower == 'warn' -%}
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
    cast({{ data_tests(were_run=true) | length }} as bigint) - {{ tests_warned() }}
{%- endmacro -%}

{%- macro tests_not_run() -%}
    cast({{ data_tests(were_run=false) | length }} as bigint)
{%- endmacro -%}
