-- What the slopes are fitted to: stretches of four hours with what the flow model's book had on the way.
select *

from intermediate.int_forecast_observations
where model = 'position_lifecycle' and not is_burn_in
