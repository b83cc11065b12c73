{#- The reasons why readers must not see the tables of this run, as a list; empty where it builds all of them with the project's own
    settings and runs all tests, or all that a new bar changes after such a build (macros/live_builds.sql). Called while the last models
    are built, which dbt reaches only if no test has failed. -#}

{%- macro build_shortfalls() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- if flags.WHICH != 'build' -%}
            {%- do found.append("'dbt " ~ flags.WHICH ~ "' runs no tests") -%}
        {%- endif -%}
        {%- set left_out = nodes_of_build() | rejectattr('unique_id', 'in', selected_resources) | list -%}
        {%- set is_narrowed = invocation_args_dict.select or invocation_args_dict.exclude
            or invocation_args_dict.resource_types or invocation_args_dict.exclude_resource_types -%}
        {%- set missing = [] -%}
        {%- for node in left_out if not (is_live_build() and is_left_out_of_live(node)) -%}
            {%- do missing.append(node.name) -%}
        {%- endfor -%}
        {%- if missing or is_narrowed or (invocation_args_dict.selector and not is_live_build()) -%}
            {%- do found.append(
                "only part of the project was selected, without " ~ left_out | length ~ " of its models, seeds, functions and tests"
            ) -%}
        {%- elif is_live_build() -%}
            {%- do found.extend(live_shortfalls()) -%}
        {%- endif -%}
        {%- if vars_given() -%}
            {%- do found.append("vars were given (" ~ vars_given() | tojson ~ ")") -%}
        {%- endif -%}
        {%- if target.name != 'duckdb' -%}
            {%- do found.append("the target is " ~ target.name ~ ", not duckdb") -%}
        {%- endif -%}
        {%- if flags.DEFER -%}
            {%- do found.append("--defer reads the tables of another build") -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro -%}

{#- What was given with --vars. -#}

{%- macro vars_given() -%}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {{- return(fromyaml(given, {}) if given is string else given) -}}
{%- endmacro -%}

{#- Everything a build runs, but for unit tests, which dbt keeps out of its graph. -#}

{%- macro nodes_of_build() -%}
    {%- set nodes = (graph.nodes.values() | list + graph.functions.values() | list) if execute else [] -%}
    {{- return(nodes | selectattr('config.enabled') | rejectattr('resource_type', 'in', ['analysis', 'operation', 'sql_operation']) | list) -}}
{%- endmacro -%}
