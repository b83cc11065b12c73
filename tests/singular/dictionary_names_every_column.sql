-- Run after the last mart, so that all are there: {{ ref('health') }} {{ ref('sql_functions') }}
with

described_columns as (

    select
        table_name,
        column_name,
        position,
        -- The columns of a view have no constraints: what the description promises follows from its tables.
        is_nullable or table_name in (
            select view_name
            from duckdb_views()
            where schema_name = '{{ ref("data_dictionary").schema }}'
        ) as is_nullable,
        case
            when data_type like 'enum%' or data_type = 'string' then 'VARCHAR'
            else upper(data_type)
        end as data_type,
        trim(description) <> '' and trim(table_description) <> '' as is_described,
        count(distinct table_description) over (partition by table_name) as table_descriptions

    from {{ ref('data_dictionary') }}
    where table_name not in (select name from {{ ref('sql_functions') }})

),

existing_columns as (

    select
        table_name,
        column_name,
        column_index as position,
        is_nullable,
        data_type,
        true as is_described,
        1 as table_descriptions

    from duckdb_columns()
    where
        database_name = '{{ target.database }}'
        and schema_name = '{{ ref("data_dictionary").schema }}'
        and table_name in (select described_columns.table_name from described_columns)

)

{{ rows_that_differ(
    'described_columns', 'existing_columns', ['table_name', 'column_name'],
    others=['position', 'is_nullable', 'data_type', 'is_described', 'table_descriptions']
) }}
