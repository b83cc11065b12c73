case
    when side = 'long' then entry_price * (1 - 1.0 / leverage + margin_rate / leverage)
    when side = 'short' then entry_price * (1 + 1.0 / leverage - margin_rate / leverage)
end
