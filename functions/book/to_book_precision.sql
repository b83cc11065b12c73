round(coins / pow(10, floor(log10(nullif(side_coins, 0))) - 9)) * pow(10, floor(log10(nullif(side_coins, 0))) - 9)
