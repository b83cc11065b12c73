case
    when long_quantity > short_quantity
        then struct_extract(
            {{ function('hedge_liquidation_range') }}(
                long_entry_price, long_quantity, short_entry_price, short_quantity,
                wallet_balance, other_maintenance_margin, other_unrealised_profit, brackets
            ),
            'below'
        )
    else struct_extract(
        {{ function('hedge_liquidation_range') }}(
            long_entry_price, long_quantity, short_entry_price, short_quantity,
            wallet_balance, other_maintenance_margin, other_unrealised_profit, brackets
        ),
        'above'
    )
end
