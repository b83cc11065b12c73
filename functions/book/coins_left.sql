quantity_coins * exp(log_survival - known_log_survival)
