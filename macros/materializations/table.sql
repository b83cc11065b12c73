{#- A table that is made again under its own name, in one transaction: a build that is killed leaves the old one. dbt's own
    materialization makes it under another name, renames both and drops the old one, and so asks the engine six times more for
    each table. -#}

{%- materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and (existing.is_view or model.language == 'sql') -%}
        {%- call statement('drop_existing') -%}
            drop {{ existing.type }} if exists {{ existing }}
        {%- endcall -%}
    {%- endif -%}
    {%- if model.language == 'sql' -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, compiled_code) }}
        {%- endcall -%}
    {%- else -%}
        {%- do adapter.commit() -%} {#- Python has a connection of its own, which would not see what has not been committed -#}
        {%- call statement('main', language='python') -%}
            {{ compiled_code }}


def materialize(df, con):
    con.register("rows_of_the_model", df)
    con.execute("""create or replace table {{ target_relation }} as select * from rows_of_the_model""")
    con.unregister("rows_of_the_model")
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization -%}
