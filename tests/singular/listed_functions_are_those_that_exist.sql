with

listed_functions as (

    select
        name,
        definition,
        regexp_replace(arguments, ' := [^,]*', '', 'g') as arguments,
        returns = 'table' as is_table,
        creation_order,
        creation_order = row_number() over (order by creation_order) as is_in_order,
        regexp_replace(definition, '^create macro \w+\(.*?\) as (table )?', '') as body

    from {{ ref('sql_functions') }}

),

existing_functions as (

    select
        function_name as name,
        array_to_string(parameters, ', ') as arguments,
        function_type = 'table_macro' as is_table,
        macro_definition

    from duckdb_functions()
    where database_name = '{{ target.database }}' and schema_name = 'functions'

),

-- A function that is called must have been created before.
calls_of_later_functions as (

    select distinct callers.name

    from listed_functions as callers
    inner join listed_functions as called
        on callers.creation_order <= called.creation_order
        and callers.name <> called.name
        and regexp_matches(callers.definition, '\b' || called.name || '\(')

)

select
    listed.name,
    listed.arguments,
    existing.arguments as existing_arguments,
    listed.creation_order,
    calls.name is not null as calls_a_later_function

from listed_functions as listed
left join existing_functions as existing
    on listed.name = existing.name
left join calls_of_later_functions as calls
    on listed.name = calls.name
where
    existing.name is null
    or listed.arguments <> existing.arguments
    or listed.is_table <> existing.is_table
    or not listed.is_in_order
    or calls.name is not null
    or not starts_with(listed.definition, 'create macro ' || listed.name || '(')
