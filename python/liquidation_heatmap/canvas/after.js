// What came after the moment looked back to: how much was at risk where the price then went, beside what was liquidated.

import { money, price } from './words.js';

const LONGEST = 24 * 3600;
// A shorter time says little.
const SHORTEST = 3600;

/**
 * The day after the column looked back to, or as much of it as the picture has; null where nothing can be said.
 *
 * `atRisk` and `came` are quote currency by side, of all leverages whatever is shown, because nobody observes of which
 * leverage a liquidation was. `came` is null where liquidations were not observed all the time.
 */
export function cameAfter(picture) {
  const { header: { bars, unit }, arrays } = picture;
  const column = picture.columnShown;
  if (column === null || unit !== 'USDT') return null;
  const at = picture.columnTimes(column)[0];
  const first = Math.max(0, Math.round((at - bars.from) / bars.seconds));
  const last = Math.min(bars.count, first + Math.round(LONGEST / bars.seconds));
  const seconds = (last - first) * bars.seconds;
  const [lows, highs] = [arrays.low, arrays.high].map(array => array.subarray(first, last).filter(value => !Number.isNaN(value)));
  if (seconds < SHORTEST || !lows.length) return null;
  const [low, high] = [Math.min(...lows), Math.max(...highs)];
  const sum = array => array.subarray(first, last).reduce((all, value) => all + value, 0);
  const came = { longs: sum(arrays.bar_realised_long), shorts: sum(arrays.bar_realised_short) };
  const isObserved = !Number.isNaN(came.longs) && !Number.isNaN(came.shorts);
  return { hours: seconds / 3600, low, high, atRisk: atRiskBetween(picture, column, low, high), came: isObserved ? came : null };
}

/** What a column held where the price went: rows of longs from their upper edge on, of shorts from their lower one. */
function atRiskBetween(picture, column, low, high) {
  const { shape, price: { from, step } } = picture.header;
  const atRisk = { longs: 0, shorts: 0 };
  for (let row = 0; row < shape.rows; row++) {
    const side = picture.sideOf(row, column);
    const isReached = side === 'longs' ? from + (row + 1) * step > low : from + row * step <= high;
    if (!side || !isReached) continue;
    picture.shown.forEach((_, group) => { atRisk[side] += picture.amounts[picture.code(group, row, column)]; });
  }
  return atRisk;
}

/** The same in words, a line each. */
export function linesOfAfter({ hours, low, high, atRisk, came }) {
  const bySide = ({ longs, shorts }) => `longs ${money(longs, 1)}, shorts ${money(shorts, 1)}`;
  return [
    `in the ${Number(hours.toFixed(1))} h after: ${price(low)} to ${price(high)}`,
    `at risk there then: ${bySide(atRisk)}`,
    came ? `liquidated in it: ${bySide(came)}` : 'liquidated in it: not observed',
  ];
}
