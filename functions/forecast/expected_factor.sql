exp(sqrt(
    pow(ln(kappa / kappa_low), 2)
    + pow(1.645, 2) * (mix_variance + pow({{ var('closing_uncertainty') }} * closing_sensitivity, 2))
))
