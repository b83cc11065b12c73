// The exact liquidation price of an isolated position, as functions/margin/ have it in SQL.

/** The margin brackets that the picture was sent, the smallest first; none where none are known. */
export function bracketsOf({ arrays }) {
  return Array.from(arrays.bracket_most ?? [], (most, at) => ({
    most, rate: arrays.bracket_rate[at], leverage: arrays.bracket_leverage[at], amount: arrays.bracket_amount[at],
  }));
}

/** The highest leverage that the exchange grants to a notional; null above the last bracket. */
export function grantedLeverage(notional, brackets) {
  const allowed = brackets.filter(bracket => notional <= bracket.most).map(bracket => bracket.leverage);
  return allowed.length ? Math.max(...allowed) : null;
}

/**
 * The mark price at which equity equals maintenance margin; 0 or less where a long has no such price.
 *
 * Equity less maintenance margin is the smallest of straight lines in price, one per bracket: a long is liquidated at the
 * highest root of them, a short at the lowest.
 */
export function liquidationPrice({ side, entry, leverage, coins }, brackets) {
  if (side === 'long') {
    return Math.max(...brackets.map(({ rate, amount }) => (entry * (1 - 1 / leverage) - amount / coins) / (1 - rate)));
  }
  return Math.min(...brackets.map(({ rate, amount }) => (entry * (1 + 1 / leverage) + amount / coins) / (1 + rate)));
}
