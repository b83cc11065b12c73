-- The first line that cannot be a forced order, with the reason.
select
    line,
    case
        when symbol is null then 'symbol is empty'
        when not is_symbol(symbol) then 'symbol is not up to 40 letters with digits and _'
        when is_coin_margined(symbol) then 'symbol is of a coin-margined contract, which is not supported'
        when "time" is null then 'time is not in milliseconds since 1970, from 2009 to 2100 (are these seconds?)'
        when (side in ('BUY', 'SELL')) is not true then 'side is neither BUY nor SELL'
        when is_coins(original_quantity) is not true then 'original_quantity is not a number from 1e-8 to 1e14'
        when is_price(price) is not true then 'price is not a number from 1e-8 to 1e7'
        when (average_price is null or is_price_or_zero(average_price)) is not true then 'average_price is not a number from 0 to 1e7'
        when is_coins_or_zero(last_fill_quantity) is not true then 'last_fill_quantity is not a number from 0 to 1e14'
        when is_coins_or_zero(accumulated_fill_quantity) is not true
            then 'accumulated_fill_quantity is not a number from 0 to 1e14'
    end as reason

from orders
where reason is not null
order by line
limit 1
