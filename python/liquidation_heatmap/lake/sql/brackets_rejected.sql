-- One row per symbol and version whose brackets cannot be the exchange's, with the first reason.
-- The exchange's rule is amount(i) = amount(i-1) + floor(i) * (rate(i) - rate(i-1)), which makes maintenance margin
-- continuous in the notional (https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93).
-- An empty bracket (floor = cap) occurs in genuine files and does no harm.
with

neighbours as (

    select
        *,
        lag(bracket, 1, 0) over bracket_order as previous_bracket,
        lag(notional_cap, 1, 0) over bracket_order as previous_cap,
        lag(maintenance_margin_rate) over bracket_order as previous_rate,
        lag(max_leverage) over bracket_order as previous_leverage,
        lag(maintenance_amount) over bracket_order as previous_amount

    from incoming
    window bracket_order as (partition by symbol, as_of order by bracket)

),

brackets_with_derived_amount as (

    select
        *,
        coalesce(previous_amount + notional_floor * (maintenance_margin_rate - previous_rate), 0) as derived_amount

    from neighbours

),

judged_brackets as (

    select
        symbol,
        as_of,
        bracket,
        case
            when as_of is null or symbol is null or bracket is null
                then 'the date, the symbol or the number of a bracket is missing'
            when not is_symbol(symbol)
                then 'the symbol is not up to 40 letters with digits and _'
            when as_of not between $earliest and $latest
                then 'the date is not from ' || $earliest || ' to ' || $latest
            when bracket <> trunc(bracket)
                then 'the number of a bracket is no whole number'
            when bracket != previous_bracket + 1
                then 'brackets are not numbered 1, 2, 3, ...'
            when (notional_floor = previous_cap) is not true
                then 'a bracket does not begin where the one before ends (the first at 0)'
            when (notional_cap >= notional_floor) is not true
                then 'a bracket ends before it begins'
            -- The exchange writes the largest 64-bit number for a bracket without an end.
            when (notional_cap <= 1e19) is not true
                then 'a bracket ends beyond every position'
            when (maintenance_margin_rate > 0 and maintenance_margin_rate < 1) is not true
                then 'a maintenance margin rate is not between 0 and 1'
            when maintenance_margin_rate < previous_rate
                then 'a maintenance margin rate is below the one before'
            when (max_leverage between 1 and 1000 and max_leverage = trunc(max_leverage)) is not true
                then 'a maximum leverage is no whole number from 1 to 1000'
            when max_leverage > previous_leverage
                then 'a maximum leverage is above the one before'
            when (
                abs(maintenance_amount - derived_amount) <= greatest(0.01, 1e-6 * abs(derived_amount))
            ) is not true
                then 'a maintenance amount is not the one that follows from floors and rates'
        end as reason

    from brackets_with_derived_amount

)

select
    symbol,
    as_of,
    arg_min(reason || ' (bracket ' || coalesce(format('{:g}', bracket), 'without number') || ')', coalesce(bracket, 0)) as reason
from judged_brackets
where reason is not null
group by symbol, as_of
order by symbol, as_of
