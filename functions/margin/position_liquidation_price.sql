case
    when
        entry_price > 0
        and isfinite(entry_price)
        and notional > 0
        and leverage between 1 and {{ function('max_leverage') }}(notional, brackets)
        then {{ function('isolated_liquidation_price') }}(side, entry_price, leverage, (notional / entry_price), brackets)
end
