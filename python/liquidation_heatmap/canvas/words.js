// Numbers and times as the rest of the viewer writes them (human.py).

const UNITS = [[1e12, ' T'], [1e9, ' B'], [1e6, ' M'], [1e3, ' k']];

const fixed = (value, digits) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** An amount in quote currency, rounded for people: 8.36 k, 50.95 M, 9.01 B. */
export function money(value, digits = 2) {
  const [limit, unit] = UNITS.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return fixed(value / limit, digits) + unit;
}

/** A price in at most eight significant digits, with thousands separators. */
export function price(value) {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 8 });
}

/** How far a price is from another, in percent, with its sign. */
export function distance(value, from) {
  const pct = 100 * (value / from - 1);
  return `${pct < 0 ? '−' : '+'}${fixed(Math.abs(pct), Math.abs(pct) < 10 ? 2 : 1)} %`;
}

/** A time in UTC: 2026-03-28 05:00. */
export function time(seconds) {
  return new Date(1000 * seconds).toISOString().slice(0, 16).replace('T', ' ');
}

/** A stretch of time in its largest unit that it is twice of: 3 days, 14 hours, 25 minutes. */
export function duration(seconds) {
  for (const [unit, length] of [['day', 86400], ['hour', 3600]]) {
    if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${unit}s`;
  }
  return `${Math.floor(seconds / 60)} minutes`;
}
