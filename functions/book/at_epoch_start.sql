coins * exp(least(-log_survival - 20 * epoch, 60))
