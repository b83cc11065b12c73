select
    funding_at,
    rate,
    rate_8h,
    rate_8h_ema,
    z_score,
    band,
    long_tilt

from funding_bias
where venue = $venue and symbol = $symbol and funding_at >= $starts_at and funding_at < $ends_at
order by funding_at
