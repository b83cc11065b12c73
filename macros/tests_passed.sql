{#- Nodes downstream of a failed test are not built, so by the time health is built every test above it has passed or
    warned. Tests keep their failing rows in a table each: a warning is a table with rows. -#}

{%- macro data_tests_of_build() -%}
    {%- set tests = graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') | list if execute else [] -%}
    {{- return(tests | selectattr('config.enabled') | list) -}}
{%- endmacro -%}

{%- macro tests_warned() -%}
    {%- set warned = [] -%}
    {%- for test in data_tests_of_build() if test.config.severity | lower == 'warn' -%}
        {%- set failures = adapter.get_relation(database=test.database, schema=test.schema, identifier=test.alias) -%}
        {%- if failures is not none and run_query('select 1 from ' ~ failures ~ ' limit 1') | length > 0 -%}
            {%- do warned.append(test.name) -%}
        {%- endif -%}
    {%- endfor -%}
    cast({{ warned | length }} as bigint)
{%- endmacro -%}

{%- macro tests_passed() -%}
    cast({{ data_tests_of_build() | length }} as bigint) - {{ tests_warned() }}
{%- endmacro -%}
