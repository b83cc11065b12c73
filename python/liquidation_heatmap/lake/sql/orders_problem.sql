-- The first line that cannot be a forced order, with the reason.
select
    line,
    case
        when symbol is null then 'symbol is empty'
        when "time" is null then 'time is not in milliseconds'
        when "time" < epoch_ms(timestamp '2010-01-01') then 'time is before 2010: are these seconds, not milliseconds?'
        when (side in ('BUY', 'SELL')) is not true then 'side is neither BUY nor SELL'
        when is_positive(original_quantity) is not true then 'original_quantity is not a number above zero'
        when is_positive(price) is not true then 'price is not a number above zero'
        when is_empty_or_not_negative(average_price) is not true then 'average_price is not a number, zero or above'
        when is_not_negative(last_fill_quantity) is not true then 'last_fill_quantity is not a number, zero or above'
        when is_not_negative(accumulated_fill_quantity) is not true
            then 'accumulated_fill_quantity is not a number, zero or above'
    end as reason

from orders
where reason is not null
order by line
limit 1
