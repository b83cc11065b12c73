// What the pointer shows of a cell, or of a bin of the newest book.

import { linesOfMove } from './risk.js';
import { distance, duration, money, price, time } from './words.js';
import { linesOfZone } from './zones.js';

/** The lines of a cell's label: pairs of a name and a value, or a value alone. */
export function linesOfCell(picture, at, where) {
  const cell = picture.cell(at, where);
  if (!cell) return null;
  const { groups, mark, unit } = picture.header;
  const [from, to] = picture.columnTimes(cell.column);
  const then = picture.arrays.mark[cell.column];
  const lines = [
    [`${time(from)} UTC, ${duration(to - from)}`],
    ['price', `${price(cell.low)} to ${price(cell.high)}`],
    ['from the mark price now', distance(where, mark)],
    ...(Number.isNaN(then) ? [] : [['from the mark price then', distance(where, then)]]),
    ...linesOfZone(picture, where),
    ...linesOfMove(picture, where),
  ];
  if (!cell.amount) return [...lines, ['nothing at risk here']];
  const parts = groups.map((group, number) => [group, money(cell.parts[number])]);
  return [
    ...lines,
    [`${cell.side} at risk, ${unit}`, money(cell.amount)],
    ...parts.filter((_, number) => cell.parts[number] > 0),
    ['there since', `${time(picture.columnTimes(cell.since)[0])}${cell.since ? '' : ' or before'}`],
    ...(cell.toPrice === null ? [] : [['from the price then to here', money(cell.toPrice)]]),
  ];
}

/** The same of a bin of the newest book. */
export function linesOfBin(picture, bins, bin) {
  const { mark, header: { groups, unit, asOf } } = picture;
  const column = picture.columnShown;
  const near = bin.side === 'longs' ? bin.high : bin.low;
  const between = bins.filter(other =>
    other.side === bin.side && (bin.side === 'longs' ? other.low >= bin.low : other.high <= bin.high));
  return [
    [column === null ? `newest book, ${time(asOf)} UTC` : `book of ${time(picture.columnTimes(column)[0])} UTC`],
    ['price', `${price(bin.low)} to ${price(bin.high)}`],
    ['from the mark price', distance(near, mark)],
    [`${bin.side} at risk, ${unit}`, money(bin.amount)],
    ...groups.map((group, number) => [group, money(bin.amounts[number])]).filter((_, number) => bin.amounts[number] > 0),
    ['per 1 % of price', money(bin.density)],
    ['from the mark price to here', money(between.reduce((sum, other) => sum + other.amount, 0))],
    // Zones and what is expected are of the newest book.
    ...(column === null ? [...linesOfZone(picture, middleOf(bin)), ...linesOfMove(picture, middleOf(bin))] : []),
  ];
}

export const middleOf = bin => (bin.low + bin.high) / 2;

/** A box beside the pointer, on the side where there is room. */
export function showBox(box, lines, point, size) {
  box.hidden = !lines;
  if (!lines) return;
  box.replaceChildren(...lines.map(([name, value]) => {
    const line = document.createElement('div');
    for (const text of value === undefined ? [name] : [name, value]) {
      line.append(Object.assign(document.createElement('span'), { textContent: text }));
    }
    return line;
  }));
  const { offsetWidth: width } = box;
  box.style.left = `${point.x + 16 + width < size.width ? point.x + 16 : Math.max(0, point.x - 16 - width)}px`;
  box.style.top = `${point.y + 12}px`;
  fitBox(box, size);
}

/** Move a box up until it ends where the plot does. */
export function fitBox(box, size) {
  box.style.top = `${Math.max(0, Math.min(size.height - box.offsetHeight, parseFloat(box.style.top)))}px`;
}
