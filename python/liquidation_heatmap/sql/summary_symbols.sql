select
    venue,
    symbol,
    first_bar_at,
    as_of,
    window_starts_at,
    mark_price,
    is_mark_price_traded,
    open_interest_coins,
    open_interest_quote,
    sources,
    is_simulated,
    has_margin_brackets,
    is_trading,
    traded_until,
    open_interest_age_hours
from symbols
order by is_simulated, venue, symbol
