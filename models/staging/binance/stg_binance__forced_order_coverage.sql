with

archived as (

    select distinct
        symbol,
        "date"

    from {{ read_lake('liquidationSnapshot') }}

),

collected as (

    select * from {{ read_lake('forceOrderCoverage') }}

),

-- a file of the archive is a whole day
observed as (

    select
        symbol,
        cast("date" as timestamp) as observed_from,
        cast("date" as timestamp) + interval '1 day' as observed_to

    from archived

    union all

    select
        symbol,
        observed_from,
        observed_to

    from collected

),

-- a stretch begins where none before it reaches
marked as (

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

    from observed

),

numbered as (

    select
        *,
        count_if(is_beginning) over (
            partition by symbol
            order by observed_from, observed_to
            rows between unbounded preceding and current row
        ) as stretch

    from marked

),

merged as (

    select
        symbol,
        min(observed_from) as observed_from,
        max(observed_to) as observed_to

    from numbered
    group by symbol, stretch

),

final as (

    select
        symbol,
        date_diff(
            'second', lag(observed_to) over (partition by symbol order by observed_from), observed_from
        ) as unobserved_seconds_before,
        observed_from,
        observed_to

    from merged

)

select * from final
