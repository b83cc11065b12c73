-- The slopes that are used now.
select *

from seeds.forecast_slopes
