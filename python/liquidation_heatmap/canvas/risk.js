// What a move of the price from the mark price now is expected to liquidate: the curve of the newest book.

import { money } from './words.js';

/**
 * What a move from the mark price now to a price reaches, of all leverages; null where nothing is known of now.
 *
 * Amounts change at the near edges of bins only. `expected`, `low`, `high` (a 90 % interval) and `chance` are NaN where
 * they are not known; a move that reaches no bin has no chance.
 */
export function reachedAt({ arrays, header }, price) {
  const { risk_price: edges, risk_short: short } = arrays;
  if (!edges?.length) return null;
  const side = price < header.mark ? 'longs' : 'shorts';
  // A bin of longs begins to count below its upper edge, one of shorts at its lower one.
  const above = edges.findIndex(edge => edge > price);
  const at = side === 'longs' ? above : (above < 0 ? edges.length : above) - 1;
  if (at < 0 || Boolean(short[at]) !== (side === 'shorts')) {
    const none = Number.isNaN(arrays.risk_expected[0]) ? NaN : 0;
    return { side, amount: 0, expected: none, low: none, high: none, chance: NaN };
  }
  return {
    side,
    amount: arrays.risk_amount[at], expected: arrays.risk_expected[at],
    low: arrays.risk_low[at], high: arrays.risk_high[at], chance: arrays.risk_chance[at],
  };
}

/** The same as lines of a label; none where no amount can be expected. */
export function linesOfMove(picture, price) {
  const reached = reachedAt(picture, price);
  if (!reached || Number.isNaN(reached.expected)) return [];
  const { isPrior, chanceOf } = picture.header;
  const { side, expected, low, high, chance } = reached;
  return [
    [`expected of a move there now, ${side}`, money(expected)],
    ...(isPrior ? [['by a prior: nothing was observed here']] : []),
    ['nine times of ten between', `${money(low)} and ${money(high)}`],
    ...(Number.isNaN(chance) ? [] : [[`chance of more than ${money(chanceOf, 0)}`, `${Math.round(100 * chance)} %`]]),
  ];
}
