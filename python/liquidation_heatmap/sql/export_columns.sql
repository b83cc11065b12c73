-- Columns of a table in their order, with what they mean.
select
    columns.column_name,
    columns.data_type,
    dictionary.description

from duckdb_columns() as columns
left join data_dictionary as dictionary
    on columns.table_name = dictionary.table_name
    and columns.column_name = dictionary.column_name
where columns.table_name = $name
order by columns.column_index
