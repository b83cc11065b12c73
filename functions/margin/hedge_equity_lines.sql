flatten(list_transform(brackets, lambda l: list_transform(brackets, lambda s: {
    'slope': long_quantity * (1 - l.margin_rate) - short_quantity * (1 + s.margin_rate),
    'equity_at_zero': free_equity + l.maintenance_amount + s.maintenance_amount
        - long_quantity * long_entry_price + short_quantity * short_entry_price
})))
