-- What fails a check that blocks is not published: the seed quality_checks says which do.
select * from {{ ref('data_quality') }}
where status = 'fail' and blocks_publishing
