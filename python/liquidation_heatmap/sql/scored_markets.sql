-- Every symbol of every venue, or those asked for, with the data its levels are computed from and judged by; the largest
-- open interest first.
select
    venue,
    symbol,
    is_simulated,
    as_of,
    sources as levels_from,
    is_mark_price_traded,
    open_interest_coins is not null as has_open_interest,
    (venue, symbol) in (select (venue, symbol) from realised_liquidations) as is_observed

from symbols
where ($venue is null or venue = $venue) and ($symbol is null or symbol = $symbol)
order by open_interest_quote desc nulls last, venue, symbol
