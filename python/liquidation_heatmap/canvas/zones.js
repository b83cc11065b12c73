// The zones of the newest book, which labels name.

import { money, price } from './words.js';

/** The zone that a price lies in; null where it lies in none. */
export function zoneAt({ arrays }, where) {
  const { zone_low: low, zone_high: high } = arrays;
  const at = low.findIndex((bottom, number) => bottom <= where && where < high[number]);
  if (at < 0) return null;
  return {
    side: arrays.zone_short[at] ? 'shorts' : 'longs', rank: arrays.zone_rank[at], low: low[at], high: high[at],
    amount: arrays.zone_amount[at], share: arrays.zone_share[at],
  };
}

/** The zone as a line of a label. */
export function linesOfZone(picture, where) {
  const zone = zoneAt(picture, where);
  if (!zone) return [];
  return [[`today's zone ${zone.rank} of ${zone.side}`, `${price(zone.low)} to ${price(zone.high)}, ${money(zone.amount, 1)}`]];
}
