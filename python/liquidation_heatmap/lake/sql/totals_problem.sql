-- The first line that cannot be a bucket of totals, with the reason.
with

totals_with_first as (

    select
        *,
        first_value(line) over same_bucket as first_line,
        first_value((long_quote, short_quote)) over same_bucket as first_totals

    from totals
    window same_bucket as (partition by symbol, bucket_start order by line)

)

select
    line,
    case
        when symbol is null then 'symbol is empty'
        when not is_symbol(symbol) then 'symbol is not up to 40 letters with digits and _'
        when is_coin_margined(symbol) then 'symbol is of a coin-margined contract, which is not supported'
        when bucket_start is null
            then 'timestamp is not a time in UTC, as 2026-01-31T16:00:00 or in milliseconds (are these seconds, or local time?)'
        when is_quote_or_zero(long_quote) is not true then 'long_usd is not a number from 0 to 1e13'
        when is_quote_or_zero(short_quote) is not true then 'short_usd is not a number from 0 to 1e13'
        when (long_quote, short_quote) is distinct from first_totals
            then 'the totals contradict those of line ' || first_line || ', of the same symbol and timestamp'
    end as reason

from totals_with_first
where reason is not null
order by line
limit 1
