list_max(list_transform(brackets, lambda b: b.margin_rate * notional - b.maintenance_amount))
