-- How far the price went beyond the lows or highs before, in each of these stretches.
select *

from intermediate.int_swing_extremes
