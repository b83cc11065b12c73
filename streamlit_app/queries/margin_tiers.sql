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
    on tiers.symbol = symbols.symbol
    and symbols.last_bar_at >= tiers.valid_from
    and (symbols.last_bar_at < tiers.valid_to or tiers.valid_to is null)
where tiers.symbol = $symbol
order by tiers.tier_number
