-- For each table, the statements that create it and comment on it, from the rows of data_dictionary.
with

columns as (

    select
        *,
        '''' || replace(description, '''', '''''') || '''' as column_comment,
        '''' || replace(table_description, '''', '''''') || '''' as table_comment

    from mart

)

select
    table_name as name,
    list(column_name order by position) as columns,
    'create table ' || table_name || ' ('
    || string_agg(column_name || ' ' || data_type || if(is_nullable, '', ' not null'), ', ' order by position)
    || '); comment on table ' || table_name || ' is ' || table_comment || '; '
    || string_agg('comment on column ' || table_name || '.' || column_name || ' is ' || column_comment, '; ')
        as definition

from columns
group by table_name, table_comment
