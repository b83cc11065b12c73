-- What a move of 1, 2 and 5 percent would reach in the last book of a symbol and model. Without open interest, amounts are
-- percent of the side.
with

last_book as (

    select *

    from book_metrics
    where
        venue = $venue and symbol = $symbol and model = $model
        and exists (
            select 1
            from symbols
            where symbols.venue = $venue and symbols.symbol = $symbol and symbols.is_trading
        )
    order by trade_date desc
    limit 1

)

select
    book_at,
    1 as within_pct,
    coalesce(long_at_risk_1pct_quote, 100 * long_at_risk_1pct_share) as long_amount,
    coalesce(short_at_risk_1pct_quote, 100 * short_at_risk_1pct_share) as short_amount

from last_book

union all

select
    book_at,
    2 as within_pct,
    coalesce(long_at_risk_2pct_quote, 100 * long_at_risk_2pct_share) as long_amount,
    coalesce(short_at_risk_2pct_quote, 100 * short_at_risk_2pct_share) as short_amount

from last_book

union all

select
    book_at,
    5 as within_pct,
    coalesce(long_at_risk_5pct_quote, 100 * long_at_risk_5pct_share) as long_amount,
    coalesce(short_at_risk_5pct_quote, 100 * short_at_risk_5pct_share) as short_amount

from last_book
order by within_pct
