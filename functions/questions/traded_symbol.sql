case
    when (lower(of_venue), {{ function('known_symbol') }}(asked, of_venue := of_venue)) in (
        select (symbols.venue, symbols.symbol) from {{ ref('symbols') }} as symbols where symbols.is_trading
    ) then upper(asked)
    else error(concat(
        upper(asked), ' is not traded now, so it has no levels: ',
        (
            select coalesce(
                strftime(symbols.traded_until, 'the last trade here was before %Y-%m-%d %H:%M UTC'), 'no trade of it is here'
            )
            from {{ ref('symbols') }} as symbols
            where symbols.venue = lower(of_venue) and symbols.symbol = upper(asked)
        ),
        '.', chr(10), '  What to do: heatmap and history have its book until then.'
    ))
end
