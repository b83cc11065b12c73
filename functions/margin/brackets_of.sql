(
    select list({
        'max_notional': tiers.max_notional,
        'margin_rate': tiers.margin_rate,
        'max_leverage': tiers.max_leverage,
        'maintenance_amount': tiers.maintenance_amount
    } order by tiers.tier_number)

    from {{ ref('margin_tiers') }} as tiers
    where
        tiers.venue = lower(of_venue)
        and tiers.symbol = of_symbol
        and {{ function('is_in_force') }}(tiers.valid_from, tiers.valid_to, moment)
)
