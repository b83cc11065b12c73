{#- A dataset of the lake. Where nobody has ingested any, it is read as no rows of the columns that the source declares, because
    DuckDB cannot read a glob that matches nothing. The source stays referenced, so lineage is the same. -#}

{%- macro read_lake(dataset) -%}
    {%- set is_sampled = execute and target.name == 'dev' and 'read_parquet' in source('binance', dataset) | string -%}
    {%- set columns = source_node(dataset).columns.keys() | list if is_sampled else [] -%}
    {%- set day = 'date' if 'date' in columns else 'trade_date' -%}
    {%- if 'symbol' in columns and day in columns -%}
        (select * from {{ read_whole_lake(dataset) }} where {{ is_in_sample(day) }})
    {%- else -%}
        {{ read_whole_lake(dataset) }}
    {%- endif -%}
{%- endmacro -%}

{#- A condition on what the target dev reads: the newest days of the symbols with the most partitions. They are constants, because
    DuckDB then opens only their files. -#}

{%- macro is_in_sample(day, symbols=3, days=3) -%}
    {%- set newest = run_query(
        "select symbol, max(trade_date) from " ~ read_whole_lake('lake_partitions') ~ " where market = 'um' and row_count > 0"
        ~ " group by symbol order by count(*) desc, symbol limit " ~ symbols
    ).rows -%}
    {%- for row in newest %}
        {{- 'or ' if not loop.first }}(symbol = '{{ row[0] | replace("'", "''") }}' and "{{ day }}" > date '{{ row[1] }}' - {{ days }})
    {%- else %}
        true
    {%- endfor %}
{%- endmacro -%}

{%- macro source_node(dataset) -%}
    {{- return(
        graph.sources.values() | selectattr('source_name', 'equalto', 'binance') | selectattr('name', 'equalto', dataset) | first
    ) -}}
{%- endmacro -%}

{%- macro read_whole_lake(dataset) -%}
    {%- set relation = source('binance', dataset) -%}
    {#- While parsing there is no engine to ask, and in a unit test the rows given stand in for the files. -#}
    {%- if not execute or 'read_parquet' not in relation | string -%}
        {{ relation }}
    {%- else -%}
        {%- set node = source_node(dataset) -%}
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
