-- what a table function of the file answers, and the names of its parameters
select
    functions.description,
    macros.parameters

from sql_functions as functions
inner join duckdb_functions() as macros
    on
        functions.name = macros.function_name
        and macros.function_type = 'table_macro'
        and not macros.internal
where functions.name = $name
