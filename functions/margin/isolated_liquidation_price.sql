case
    when side = 'long'
        then list_max(list_transform(
            brackets,
            lambda b: (entry_price * (1 - 1.0 / leverage) - b.maintenance_amount / quantity) / (1 - b.margin_rate)
        ))
    when side = 'short'
        then list_min(list_transform(
            brackets,
            lambda b: (entry_price * (1 + 1.0 / leverage) + b.maintenance_amount / quantity) / (1 + b.margin_rate)
        ))
end
