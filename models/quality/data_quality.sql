with

checks as (

    select * from {{ ref('quality_checks') }}

),

measurements as (

    select * from {{ ref('int_quality_partitions') }}
    union all by name
    select * from {{ ref('int_quality_bars') }}
    union all by name
    select * from {{ ref('int_quality_states') }}

),

judged_measurements as (

    select
        measurements.dataset,
        measurements.symbol,
        measurements.trade_date,
        measurements.check_name,
        case
            when measurements.observed > checks.fail_above then 'fail'
            when measurements.observed > checks.warn_above then 'warn'
            else 'pass'
        end as status,
        round(cast(measurements.observed as double), 9) as observed,
        cast(measurements.expected as double) as expected,
        measurements.detail,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        checks.blocks_publishing,
        checks.owner,
        checks.reason,
        checks.remedy

    from measurements
    inner join checks
        on measurements.check_name = checks.check_name

),

data_quality as (

    select
        dataset,
        {{ venue() }} as venue,
        symbol,
        trade_date,
        check_name,
        status,
        observed,
        expected,
        case
            when status = 'pass' then 'as it should be'
            else
                dataset || ' of ' || symbol || ' on ' || strftime(trade_date, '%Y-%m-%d') || ': '
                || replace(check_name, '_', ' ') || ', '
                || format(if(observed < 10000, '{:,.4g}', '{:,.0f}'), observed) || ' ' || unit
                || ' (more than ' || format('{:,.6g}', case status when 'fail' then fail_above else warn_above end)
                || '). ' || coalesce(detail || '. ', '') || reason || '. What to do: ' || remedy || '.'
        end as message,
        unit,
        warn_above,
        fail_above,
        blocks_publishing,
        owner

    from judged_measurements

)

select * from data_quality
