with

checks as (

    select * from {{ ref('quality_checks') }}

),

judged as (

    select * from {{ ref('data_quality') }}

),

counted as (

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
        -- of days that are equally bad the first
        arg_max(trade_date, (observed, -epoch(trade_date))) as worst_on,
        max(observed) as worst_observed,
        arg_max(message, (observed, -epoch(trade_date))) as message

    from judged
    group by symbol, dataset, check_name

),

final as (

    select
        counted.symbol,
        counted.dataset,
        counted.check_name,
        case
            when counted.days_failed > 0 then 'fail'
            when counted.days_warned > 0 then 'warn'
            else 'pass'
        end as status,
        counted.latest_status,
        counted.days_failed,
        counted.days_warned,
        counted.days_passed,
        counted.first_found_on,
        counted.last_found_on,
        counted.worst_on,
        counted.worst_observed,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        counted.message,
        checks.reason,
        checks.remedy,
        checks.owner,
        checks.blocks_publishing

    from counted
    inner join checks
        on counted.check_name = checks.check_name

)

select * from final
