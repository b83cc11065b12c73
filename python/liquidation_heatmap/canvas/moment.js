// Which time a picture has, and how long its columns and bars are: as the viewer chooses them (times.py, drawn.py).

const DAY = 86400;
const dayOf = seconds => new Date(1000 * seconds).toISOString().slice(0, 10);

/** A time in seconds of a day's name, such as 2026-01-21; not-a-number where it is none. */
export const startOf = day => Date.parse(`${day}T00:00:00Z`) / 1000;

/**
 * Start and end of what was chosen, seconds.
 *
 * @param chosen the name of a range, or custom with the first and the last of `days`.
 */
export function rangeOf(chosen, days, ranges, { firstColumnAt, asOf }) {
  if (chosen !== 'custom') return { from: Math.max(firstColumnAt, asOf - ranges[chosen]), to: asOf };
  const [first, last] = [...days].sort();
  return { from: Math.max(firstColumnAt, startOf(first)), to: Math.min(startOf(last) + DAY, asOf) };
}

/** The shortest length of which at most so many fit; the longest where even of it more do. */
const finest = (lengths, minutes, most) => lengths.find(length => minutes / length <= most) ?? lengths.at(-1);

/**
 * The columns and bars of a time.
 *
 * @param listing of a book: the `coarse` and `fine` lengths of columns in minutes, and from when on fine ones are kept.
 * @param picture how many `columns` there may be, and the lengths of `candles`.
 */
export function columnsOf({ from, to }, { coarse, fine, fineFrom }, { columns, candles }) {
  const isFine = fine.length > 0 && from >= fineFrom;
  const minutes = finest(isFine ? [...fine, ...coarse] : coarse, (to - from) / 60, columns);
  const start = Math.ceil(from / (60 * minutes)) * 60 * minutes;
  // Days have bars as long as their columns.
  const lengths = candles.filter(length => minutes % length === 0 && length >= (isFine ? fine : coarse)[0]);
  return {
    from: start,
    minutes,
    columns: Math.max(1, Math.floor((to - start) / (60 * minutes) + 0.5)),
    barMinutes: finest(lengths, (to - start) / 60, columns),
  };
}

/** The names of the UTC days that a time touches. */
export function daysOf({ from, minutes, columns }) {
  const days = [];
  const to = from + 60 * minutes * columns;
  for (let at = Math.floor(from / DAY) * DAY; at < to; at += DAY) days.push(dayOf(at));
  return days;
}
