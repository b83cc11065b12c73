coins * exp(log_survival + 20 * epoch)
