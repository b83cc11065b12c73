case side when 'long' then distance_pct > -move_pct else distance_pct <= move_pct end
