-- What fails a check that blocks is not published: the seed quality_checks says which do.
select
    check_name,
    dataset,
    symbol,
    trade_date,
    observed,
    expected

from {{ ref('data_quality') }}
where status = 'fail' and blocks_publishing
