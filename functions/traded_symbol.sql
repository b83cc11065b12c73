case
    when {{ function('known_symbol') }}(asked) in (
        select symbols.symbol from {{ ref('symbols') }} as symbols where symbols.is_trading
    ) then upper(asked)
    else error(concat(
        upper(asked), ' is no longer traded, so it has no levels now: its last trade was before ',
        (
            select strftime(symbols.traded_until, '%Y-%m-%d %H:%M UTC')
            from {{ ref('symbols') }} as symbols
            where symbols.symbol = upper(asked)
        ),
        '.', chr(10), '  What to do: heatmap and history have its book until then.'
    ))
end
