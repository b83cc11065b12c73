case side when 'long' then price_high else price_low end
