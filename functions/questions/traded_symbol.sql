case
    when {{ function('known_symbol') }}(asked) in (
        select symbols.symbol from {{ ref('symbols') }} as symbols where symbols.is_trading
    ) then upper(asked)
    else error(concat(
        upper(asked), ' is not traded now, so it has no levels: ',
        (
            select coalesce(
                strftime(symbols.traded_until, 'the last trade here was before %Y-%m-%d %H:%M UTC'), 'no trade of it is here'
            )
            from {{ ref('symbols') }} as symbols
            where symbols.symbol = upper(asked)
        ),
        '.', chr(10), '  What to do: heatmap and history have its book until then.'
    ))
end
