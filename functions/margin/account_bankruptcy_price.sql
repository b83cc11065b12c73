{{ function('account_equity') }}(
    0, long_entry_price, long_quantity, short_entry_price, short_quantity, wallet_balance, other_unrealised_profit
) / nullif(short_quantity - long_quantity, 0)
