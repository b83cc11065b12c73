{#- A table that grows by days. The table kept_days lists which days of which symbol it holds, the version of each, and a hash of its
    rows. A build removes days that are no longer wanted or have another version, and makes those that are missing, in batches. Each
    batch is committed together with its entries in the list: a kill loses no more than one batch, and memory does not grow with days.
    Days whose rows are not those that were made are taken out of the list before int_days is built, so they are made again.

    The model reads the days of the batch from int_days_in_batch, and has the columns symbol and trade_date. Its config names the
    columns of int_days that say which days it should hold (`days`), of which of these this build has what they are made of
    (`made_of`), and what their version is (`version`). -#}

{%- materialization kept_by_day, adapter='duckdb' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set wanted -%}
        (
            select symbol, trade_date, {{ config.get('version', 'book_version') }} as version
            from {{ relation_of('int_days') }}
            where {{ config.require('days') }}
        )
    {%- endset -%}
    {%- set list = kept_days_list() -%}
    {%- set missing -%}
        select wanted.symbol, wanted.trade_date, wanted.version
        from {{ wanted }} as wanted
        anti join {{ list }} as list
            on wanted.symbol = list.symbol
            and wanted.trade_date = list.trade_date
            and list.table_name = '{{ model.name }}'
    {%- endset -%}
    {%- set possible -%}
        select missing.* from ({{ missing }}) as missing
        semi join (select symbol, trade_date from {{ relation_of('int_days') }} where {{ config.require('made_of') }}) as possible
            on missing.symbol = possible.symbol
            and missing.trade_date = possible.trade_date
    {%- endset -%}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or should_full_refresh() or has_other_columns(existing, sql) -%}
        {%- if existing is not none -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('create_table') -%}
            create table {{ target_relation }} as
            select * from ({{ sql }}) limit 0
        {%- endcall -%}
        {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
            {%- call statement('require') -%}
                alter table {{ target_relation }} alter column {{ column.name }} set not null
            {%- endcall -%}
        {%- endfor -%}
        {%- call statement('forget_days') -%}
            delete from {{ list }} where table_name = '{{ model.name }}'
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {%- do drop_outdated_days(target_relation, wanted) -%}

    {%- set batches = run_query('select ceil(count(*) / ' ~ days_in_a_batch() ~ ') from (' ~ possible ~ ')').rows[0][0] | int -%}
    {%- for _ in range(batches) -%}
        {%- call statement('choose_days') -%}
            set variable days_in_batch = (
                select list({'symbol': symbol, 'trade_date': trade_date, 'version': version})
                from (select * from ({{ possible }}) order by symbol, trade_date limit {{ days_in_a_batch() }})
            )
        {%- endcall -%}
        {%- call statement('make_days') -%}
            insert into {{ target_relation }} by name {{ sql }}
        {%- endcall -%}
        {%- call statement('list_days') -%}
            insert into {{ list }}
            select '{{ model.name }}', days.symbol, days.trade_date, days.version, hashes.row_hash
            from (select unnest(getvariable('days_in_batch'), recursive := true)) as days
            left join (
                {{ hashes_of_days(
                    target_relation,
                    "(symbol, trade_date) in (select (day.symbol, day.trade_date) from (select unnest(getvariable('days_in_batch')) as day))"
                ) }}
            ) as hashes
                on days.symbol = hashes.symbol and days.trade_date = hashes.trade_date
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endfor -%}
    {%- set days_left = run_query('select count(*) from (' ~ missing ~ ')').rows[0][0] -%}
    {%- if days_left > 0 -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " lacks " ~ days_left ~ " days, and this build has not opened their cohorts.\n"
            ~ "  What to do: build what it is made of as well, 'dbt build --select +" ~ model.name ~ "'."
        ) }}
    {%- endif -%}
    {%- call statement('main') -%}
        reset variable days_in_batch
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization -%}

{#- Removes the days of a table that are not wanted, or not in their present version. -#}

{%- macro drop_outdated_days(kept, wanted) -%}
    {%- set list = kept_days_list() -%}
    {%- call statement('find_outdated') -%}
        create or replace temporary table outdated_days as
        select list.symbol, list.trade_date
        from {{ list }} as list
        anti join {{ wanted }} as wanted
            on list.symbol = wanted.symbol
            and list.trade_date = wanted.trade_date
            and list.version = wanted.version
        where list.table_name = '{{ kept.identifier }}'
    {%- endcall -%}
    {%- call statement('forget_days') -%}
        delete from {{ list }} as list using outdated_days as outdated
        where list.table_name = '{{ kept.identifier }}'
            and list.symbol = outdated.symbol and list.trade_date = outdated.trade_date
    {%- endcall -%}
    {%- call statement('drop_days') -%}
        delete from {{ kept }}
        where (symbol, trade_date) not in (select symbol, trade_date from {{ list }} where table_name = '{{ kept.identifier }}')
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro -%}

{#- The list of what the kept tables hold, which the first build creates. -#}

{%- macro kept_days_list() -%}
    {{- return(api.Relation.create(
        database=target.database, schema='intermediate', identifier='kept_days', type='table'
    )) -}}
{%- endmacro -%}

{%- macro create_kept_days_list() -%}
    create {{ 'or replace' if should_full_refresh() }} table {{ '' if should_full_refresh() else 'if not exists' }} {{ kept_days_list() }} (
        table_name varchar, symbol varchar, trade_date date, version varchar, row_hash varchar
    )
{%- endmacro -%}

{#- A query for a hash over each day's rows of a kept table, whatever their order, for the days that a condition chooses. -#}

{%- macro hashes_of_days(kept, condition='true') -%}
    select
        symbol,
        trade_date,
        cast(sum(hash({{ adapter.get_columns_in_relation(kept) | map(attribute='quoted') | join(', ') }})) as varchar) as row_hash
    from {{ kept }}
    where {{ condition }}
    group by symbol, trade_date
{%- endmacro -%}

{#- Takes days out of the list whose rows are not those that were made: somebody has changed the table. -#}

{%- macro forget_changed_days() -%}
    {%- if execute -%}
        {%- set kept -%}
            select schema_name, table_name from duckdb_tables()
            where database_name = '{{ target.database }}' and table_name in (select table_name from {{ kept_days_list() }})
        {%- endset -%}
        {%- for row in run_query(kept).rows -%}
            {%- set table = api.Relation.create(database=target.database, schema=row[0], identifier=row[1], type='table') -%}
            {%- call statement('forget_changed_days') -%}
                delete from {{ kept_days_list() }} as list
                where list.table_name = '{{ table.identifier }}'
                    and (list.symbol, list.trade_date, coalesce(list.row_hash, '')) not in (
                        select listed.symbol, listed.trade_date, coalesce(hashes.row_hash, '')
                        from {{ kept_days_list() }} as listed
                        left join ({{ hashes_of_days(table) }}) as hashes
                            on listed.symbol = hashes.symbol and listed.trade_date = hashes.trade_date
                        where listed.table_name = '{{ table.identifier }}'
                    )
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
    select 1
{%- endmacro -%}

{#- Days of a symbol that are made at once. More take more memory, fewer more time. -#}

{%- macro days_in_a_batch() -%}
    {{- return(31) -}}
{%- endmacro -%}

{%- macro relation_of(model_name) -%}
    {%- set node = graph.nodes['model.liquidation_heatmap.' ~ model_name] -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{%- endmacro -%}

{#- Whether a query has other columns, or other types, than a table. -#}

{%- macro has_other_columns(table, query) -%}
    {%- set of_table = run_query('select list((column_name, column_type))::varchar from (describe from ' ~ table ~ ')').rows[0][0] -%}
    {%- set of_query = run_query('select list((column_name, column_type))::varchar from (describe ' ~ query ~ ')').rows[0][0] -%}
    {{- return(of_table != of_query) -}}
{%- endmacro -%}
