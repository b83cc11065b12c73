-- The rate at which the exchange pins funding while the premium is small, fraction per 8 hours; null without
-- assumptions.
select max(try_cast(value as double)) as rate_8h

from model_assumptions
where venue = $venue and symbol = $symbol and assumption = 'neutral funding rate'
