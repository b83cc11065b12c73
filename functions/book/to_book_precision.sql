round(coins / pow(10, floor(log10(side_coins)) - 9)) * pow(10, floor(log10(side_coins)) - 9)
