with

entries as (

    select * from {{ ref('int_lifecycle_entries') }}

),

cohorts as (

    {{ leveraged_cohorts('position_lifecycle', 'entries') }}

)

select * from cohorts
