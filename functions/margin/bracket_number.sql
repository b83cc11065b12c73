case
    when notional is not null
        then least(1 + len(list_filter(brackets, lambda b: b.max_notional < notional)), len(brackets))
end
