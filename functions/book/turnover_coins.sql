turnover * greatest(volume_coins - abs(change_coins), 0) / 2
