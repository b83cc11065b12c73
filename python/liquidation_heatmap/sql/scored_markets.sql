-- Every symbol or one, with the data its levels are computed from and judged by; the largest open interest first.
select
    symbol,
    is_simulated,
    as_of,
    sources as levels_from,
    is_mark_price_traded,
    open_interest_coins is not null as has_open_interest,
    symbol in (select symbol from realised_liquidations) as is_observed

from symbols
where $symbol is null or symbol = $symbol
order by open_interest_quote desc nulls last, symbol
