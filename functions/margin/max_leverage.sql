list_max(list_transform(list_filter(brackets, lambda b: notional <= b.max_notional), lambda b: b.max_leverage))
