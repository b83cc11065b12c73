-- How many checks of the data passed, warned and failed; a check counts once per dataset and symbol.
select
    count(*) filter (where status = 'pass') as checks_passed,
    count(*) filter (where status = 'warn') as checks_warned,
    count(*) filter (where status = 'fail') as checks_failed
from data_quality_summary
