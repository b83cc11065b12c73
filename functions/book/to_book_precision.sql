round(coins / pow(10, floor(log10(nullif(side_coins, 0))) - 10)) * pow(10, floor(log10(nullif(side_coins, 0))) - 10)
