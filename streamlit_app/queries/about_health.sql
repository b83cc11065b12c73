select *

from health
