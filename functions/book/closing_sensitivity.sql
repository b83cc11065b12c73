cast(greatest(1 + log_left, -3) as double)
