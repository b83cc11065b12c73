with

checks as (

    select * from {{ ref('quality_checks') }}

),

measured as (

    select * from {{ ref('int_quality_partitions') }}
    union all by name
    select * from {{ ref('int_quality_bars') }}
    union all by name
    select * from {{ ref('int_quality_states') }}

),

judged as (

    select
        measured.dataset,
        measured.symbol,
        measured.trade_date,
        measured.check_name,
        case
            when measured.observed > checks.fail_above then 'fail'
            when measured.observed > checks.warn_above then 'warn'
            else 'pass'
        end as status,
        round(cast(measured.observed as double), 9) as observed,
        cast(measured.expected as double) as expected,
        measured.detail,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        checks.blocks_publishing,
        checks.owner,
        checks.reason,
        checks.remedy

    from measured
    inner join checks
        on measured.check_name = checks.check_name

),

final as (

    select
        dataset,
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

    from judged

)

select * from final
