with

archived_days as (

    select distinct
        symbol,
        "date"

    from {{ read_lake('liquidationSnapshot') }}

),

collected_stretches as (

    select * from {{ read_lake('forceOrderCoverage') }}

),

-- A file of the archive covers its whole day.
observed_stretches as (

    select
        symbol,
        cast("date" as timestamp) as observed_from,
        cast("date" as timestamp) + interval '1 day' as observed_to

    from archived_days

    union all

    select
        symbol,
        observed_from,
        observed_to

    from collected_stretches

),

-- A stretch begins where no earlier one reaches: those that touch or overlap are merged.
marked_stretches as (

    select
        *,
        coalesce(
            observed_from > max(observed_to) over (
                partition by symbol
                order by observed_from, observed_to
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_beginning

    from observed_stretches

),

numbered_stretches as (

    select
        *,
        count_if(is_beginning) over (
            partition by symbol
            order by observed_from, observed_to
            rows between unbounded preceding and current row
        ) as stretch

    from marked_stretches

),

stretches as (

    select
        symbol,
        min(observed_from) as observed_from,
        max(observed_to) as observed_to

    from numbered_stretches
    group by symbol, stretch

),

forced_order_coverage as (

    select
        symbol,
        date_diff(
            'second', lag(observed_to) over (partition by symbol order by observed_from), observed_from
        ) as unobserved_seconds_before,
        observed_from,
        observed_to

    from stretches

)

select * from forced_order_coverage
