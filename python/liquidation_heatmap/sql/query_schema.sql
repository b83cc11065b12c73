-- What the columns of a function mean and whether they may be null: as described for the function itself, else for the
-- tables it reads.
select
    dictionary.column_name,
    dictionary.description,
    dictionary.is_nullable

from data_dictionary as dictionary
inner join sql_functions as functions
    on functions.name = $name
    and (
        dictionary.table_name = functions.name
        or list_contains(string_split(functions.reads, ','), dictionary.table_name)
    )
qualify row_number() over (
    partition by dictionary.column_name
    order by
        dictionary.table_name = functions.name desc,
        list_position(string_split(functions.reads, ','), dictionary.table_name)
) = 1
