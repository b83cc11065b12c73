-- How the tests of the tables and the checks of the data went: a check counts once per dataset and symbol.
select
    health.built_at,
    health.project_version,
    health.tests_passed,
    health.tests_warned,
    count(*) filter (where checks.status = 'pass') as checks_passed,
    count(*) filter (where checks.status = 'warn') as checks_warned,
    count(*) filter (where checks.status = 'fail') as checks_failed
from health
left join data_quality_summary as checks
    on true
group by all
