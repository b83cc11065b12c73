-- The days that have been judged.
select
    min(trade_date) as first_date,
    max(trade_date) as last_date

from data_quality
where venue = $venue and symbol = $symbol
