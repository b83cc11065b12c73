{#- Counts of tests for the table health. dbt builds nothing after a test that fails, so once health is built, every selected test
    above it has passed or warned. A test keeps its failing rows in a table: one that has rows has warned. -#}

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
        {#- The engine is asked, because dbt's cache of relations lacks the tables that tests make. -#}
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
