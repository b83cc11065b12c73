-- The statements that create each table and say what it means, from the rows of data_dictionary.
with

columns as (

    select
        *,
        'published.main.' || table_name as target,
        '''' || replace(description, '''', '''''') || '''' as comment_text,
        '''' || replace(table_description, '''', '''''') || '''' as table_comment_text

    from dictionary

)

select
    table_name,
    'create table ' || target || ' ('
    || string_agg(column_name || ' ' || data_type || if(is_nullable, '', ' not null'), ', ' order by position)
    || '); comment on table ' || target || ' is ' || table_comment_text || '; '
    || string_agg('comment on column ' || target || '.' || column_name || ' is ' || comment_text, '; ' order by position)
        as definition

from columns
group by table_name, target, table_comment_text
