with

last_findings as (

    select
        symbol,
        dataset,
        check_name,
        status as latest_status

    from {{ ref('data_quality') }}
    qualify trade_date = max(trade_date) over (partition by symbol, dataset, check_name)

),

-- The worst day is the first of those with the largest measurement.
worst_findings as (

    select
        symbol,
        dataset,
        check_name,
        trade_date as worst_on,
        observed as worst_observed,
        message

    from {{ ref('data_quality') }}
    qualify row_number() over (partition by symbol, dataset, check_name order by observed desc, trade_date) = 1

),

counts as (

    select
        symbol,
        dataset,
        check_name,
        count(*) filter (status = 'fail') as days_failed,
        count(*) filter (status = 'warn') as days_warned,
        count(*) filter (status = 'pass') as days_passed,
        min(if(status = 'pass', null, trade_date)) as first_found_on,
        max(if(status = 'pass', null, trade_date)) as last_found_on

    from {{ ref('data_quality') }}
    group by symbol, dataset, check_name

),

recounted_summary as (

    select
        counts.*,
        if(counts.days_failed > 0, 'fail', if(counts.days_warned > 0, 'warn', 'pass')) as status,
        last_findings.latest_status,
        worst_findings.worst_on,
        worst_findings.worst_observed,
        worst_findings.message,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        checks.reason,
        checks.remedy,
        checks.owner,
        checks.blocks_publishing

    from counts
    inner join last_findings
        on counts.symbol = last_findings.symbol
        and counts.dataset = last_findings.dataset
        and counts.check_name = last_findings.check_name
    inner join worst_findings
        on counts.symbol = worst_findings.symbol
        and counts.dataset = worst_findings.dataset
        and counts.check_name = worst_findings.check_name
    inner join {{ ref('quality_checks') }} as checks
        on counts.check_name = checks.check_name

)

{{ rows_that_differ(
    ref('data_quality_summary'), 'recounted_summary', ['symbol', 'dataset', 'check_name'],
    numbers=['worst_observed', 'warn_above', 'fail_above'],
    others=[
        'status', 'latest_status', 'days_failed', 'days_warned', 'days_passed', 'first_found_on', 'last_found_on', 'worst_on',
        'unit', 'message', 'reason', 'remedy', 'owner', 'blocks_publishing'
    ]
) }}
