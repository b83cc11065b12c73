case
    when side = 'long'
        then list_max(list_transform(
            brackets,
            lambda b: (
                wallet_balance - other_maintenance_margin + other_unrealised_profit
                + b.maintenance_amount - quantity * entry_price
            ) / (quantity * b.margin_rate - quantity)
        ))
    when side = 'short'
        then list_min(list_transform(
            brackets,
            lambda b: (
                wallet_balance - other_maintenance_margin + other_unrealised_profit
                + b.maintenance_amount + quantity * entry_price
            ) / (quantity * b.margin_rate + quantity)
        ))
end
