select
    tests_passed,
    tests_warned
from health
