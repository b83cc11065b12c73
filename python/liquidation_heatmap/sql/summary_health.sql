select
    built_at,
    project_version,
    tests_passed,
    tests_warned
from health
