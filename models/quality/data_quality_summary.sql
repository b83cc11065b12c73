with

checks as (

    select * from {{ ref('quality_checks') }}

),

judged_days as (

    select * from {{ ref('data_quality') }}

),

check_counts as (

    select
        symbol,
        dataset,
        check_name,
        cast(count_if(status = 'fail') as bigint) as days_failed,
        cast(count_if(status = 'warn') as bigint) as days_warned,
        cast(count_if(status = 'pass') as bigint) as days_passed,
        min(trade_date) filter (where status <> 'pass') as first_found_on,
        max(trade_date) filter (where status <> 'pass') as last_found_on,
        arg_max(status, trade_date) as latest_status,
        -- Of days that are equally bad, the first counts.
        arg_max(trade_date, (observed, -epoch(trade_date))) as worst_on,
        max(observed) as worst_observed,
        arg_max(message, (observed, -epoch(trade_date))) as message

    from judged_days
    group by symbol, dataset, check_name

),

data_quality_summary as (

    select
        {{ venue() }} as venue,
        check_counts.symbol,
        check_counts.dataset,
        check_counts.check_name,
        case
            when check_counts.days_failed > 0 then 'fail'
            when check_counts.days_warned > 0 then 'warn'
            else 'pass'
        end as status,
        check_counts.latest_status,
        check_counts.days_failed,
        check_counts.days_warned,
        check_counts.days_passed,
        check_counts.first_found_on,
        check_counts.last_found_on,
        check_counts.worst_on,
        check_counts.worst_observed,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        check_counts.message,
        checks.reason,
        checks.remedy,
        checks.owner,
        checks.blocks_publishing

    from check_counts
    inner join checks
        on check_counts.check_name = checks.check_name

)

select * from data_quality_summary
