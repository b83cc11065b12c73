{#- A dataset nobody has ingested yet has no files, and DuckDB cannot read a glob that matches nothing: the columns
    declared for the source then stand for an empty dataset. The source stays referenced, so lineage is the same. -#}

{%- macro read_lake(dataset) -%}
    {%- set relation = source('binance', dataset) -%}
    {#- while parsing there is no engine to ask, and a unit test puts its own rows in the place of the files -#}
    {%- if not execute or 'read_parquet' not in relation | string -%}
        {{ relation }}
    {%- else -%}
        {%- set node = graph.sources.values() | selectattr('source_name', 'equalto', 'binance')
            | selectattr('name', 'equalto', dataset) | first -%}
        {%- if run_query("select 1 from glob('" ~ node.meta.path ~ "') limit 1") | length > 0 -%}
            {{ relation }}
        {%- else -%}
            (
                select
                    {% for column in node.columns.values() -%}
                        cast(null as {{ column.data_type }}) as "{{ column.name }}"{{ ',' if not loop.last }}
                    {% endfor %}
                where false
            )
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
