-- Brackets in force at the last bar, the smallest first.
select
    tiers.tier_number,
    tiers.min_notional,
    tiers.max_notional,
    tiers.margin_rate,
    tiers.max_leverage,
    tiers.maintenance_amount,
    tiers.valid_from,
    tiers.valid_to

from margin_tiers as tiers
inner join symbols
    on tiers.venue = symbols.venue
    and tiers.symbol = symbols.symbol
    and is_in_force(tiers.valid_from, tiers.valid_to, symbols.last_bar_at)
where tiers.venue = $venue and tiers.symbol = $symbol
order by tiers.tier_number
