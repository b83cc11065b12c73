100 * (price / mark_price - 1)
