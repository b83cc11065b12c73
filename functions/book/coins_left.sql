coins * exp(log_left)
