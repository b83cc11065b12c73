cast(wallet_balance + other_unrealised_profit as double)
+ long_quantity * (price - long_entry_price) - short_quantity * (price - short_entry_price)
