case when equity > 0 then cast(maintenance_margin as double) / equity end
