-- Built after the file, which all tests come before: {{ ref('published_file') }}
with

days as (

    select * from {{ ref('int_days') }}

),

tested_days as (

    select
        symbol,
        trade_date,
        book_version,
        states_version

    from days

)

select * from tested_days
