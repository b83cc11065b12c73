with

measurements as (

    select
        check_name,
        dataset,
        symbol,
        trade_date,
        observed,
        expected

    from {{ ref('int_quality_partitions') }}

    union all

    select
        check_name,
        dataset,
        symbol,
        trade_date,
        observed,
        expected

    from {{ ref('int_quality_bars') }}

    union all

    select
        check_name,
        dataset,
        symbol,
        trade_date,
        observed,
        expected

    from {{ ref('int_quality_states') }}

),

judged_measurements as (

    select
        measurements.check_name,
        measurements.dataset,
        measurements.symbol,
        cast(measurements.trade_date as date) as trade_date,
        round(measurements.observed, 9) as observed,
        measurements.expected,
        checks.unit,
        checks.warn_above,
        checks.fail_above,
        checks.blocks_publishing,
        checks.owner,
        if(
            coalesce(measurements.observed > checks.fail_above, false), 'fail',
            if(measurements.observed > checks.warn_above, 'warn', 'pass')
        ) as status

    from measurements
    inner join {{ ref('quality_checks') }} as checks
        on measurements.check_name = checks.check_name

),

published_findings as (

    select
        *,
        message = 'as it should be' as says_pass,
        starts_with(
            message,
            dataset || ' of ' || symbol || ' on ' || trade_date || ': ' || replace(check_name, '_', ' ') || ', '
        ) as says_what

    from {{ ref('data_quality') }}

),

judged_findings as (

    select
        *,
        status = 'pass' as says_pass,
        status <> 'pass' as says_what

    from judged_measurements

)

{{ rows_that_differ(
    'published_findings', 'judged_findings', ['symbol', 'dataset', 'check_name', 'trade_date'],
    numbers=['observed', 'expected', 'warn_above', 'fail_above'],
    others=['status', 'unit', 'blocks_publishing', 'owner', 'says_pass', 'says_what']
) }}
