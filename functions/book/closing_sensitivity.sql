case when hazard_leverage > 0 then greatest(1 + log_survival - known_log_survival, -3) else 0 end
