case
    when side = 'long' then entry_price * (1 - 1.0 / leverage)
    when side = 'short' then entry_price * (1 + 1.0 / leverage)
end
