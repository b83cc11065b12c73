cast(floor(-log_survival / 20) as bigint)
