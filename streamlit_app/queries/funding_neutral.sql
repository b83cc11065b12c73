-- The rate the exchange pins funding at while the premium is small, fraction per 8 hours; null where it is not known.
select max(try_cast(value as double)) as rate_8h

from model_assumptions
where symbol = $symbol and assumption = 'neutral funding rate'
