-- For each table, the statements that create it and comment on it, from the rows of data_dictionary. What is a view in the
-- working file is a view of the published tables: the names of database and schemas are taken out.
with

columns as (

    select
        *,
        '''' || replace(description, '''', '''''') || '''' as column_comment,
        '''' || replace(table_description, '''', '''''') || '''' as table_comment

    from mart

),

views as (

    select
        view_name,
        regexp_replace(
            sql, '("?\b' || current_database() || '\b"?\.)?"?\b(marts|functions)\b"?\.', '', 'g'
        ) as view_definition

    from duckdb_views()
    where database_name = current_database() and schema_name = 'marts'

)

select
    columns.table_name as name,
    list(columns.column_name order by columns.position) as columns,
    views.view_name is not null as is_view,
    coalesce(
        views.view_definition,
        'create table ' || columns.table_name || ' ('
        || string_agg(
            columns.column_name || ' ' || columns.data_type || if(columns.is_nullable, '', ' not null'),
            ', ' order by columns.position
        ) || ');'
    )
    || ' comment on ' || if(views.view_name is null, 'table ', 'view ') || columns.table_name || ' is ' || columns.table_comment
    || '; ' || string_agg(
        'comment on column ' || columns.table_name || '.' || columns.column_name || ' is ' || columns.column_comment, '; '
    ) as definition

from columns
left join views
    on columns.table_name = views.view_name
group by columns.table_name, columns.table_comment, views.view_name, views.view_definition
