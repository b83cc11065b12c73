case when hazard_leverage > 0 then cast(greatest(1 + log_survival - known_log_survival, -3) as double) else 0 end
