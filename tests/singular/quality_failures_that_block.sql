select
    check_name,
    dataset,
    symbol,
    trade_date,
    observed,
    expected

from {{ ref('data_quality') }}
where status = 'fail' and blocks_publishing
