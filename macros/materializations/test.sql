{#- A data test that keeps its failing rows in a table only where there are any. dbt's own materialization makes a table of every test
    and counts its rows, also of those that pass. -#}

{%- materialization test, adapter='duckdb' -%}
    {%- set failing_rows = get_limit_subquery_sql(sql, config.get('limit')) -%}
    {%- set kept = api.Relation.create(database=database, schema=schema, identifier=model.alias, type='table') -%}
    {%- if adapter.get_relation(database=database, schema=schema, identifier=model.alias) -%}
        {%- do adapter.drop_relation(kept) -%}
    {%- endif -%}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_test_sql(failing_rows, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall -%}
    {%- if should_store_failures() and load_result('main').table.rows[0]['failures'] -%}
        {%- call statement('keep', auto_begin=True) -%}
            create table {{ kept }} as {{ failing_rows }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {{ return({'relations': [kept]}) }}
{%- endmaterialization -%}
