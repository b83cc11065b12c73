// The book beside the picture, the newest or one looked back to: how dense every price is, by leverage, and its walls.

const WALLS_PER_SIDE = 3;
// Two walls are at least this part of their price apart: beside a wall's densest bin lie others nearly as dense.
const APART = 0.01;

/** Bins of the book shown with the density of each leverage group shown, the lowest price first. */
export const binsOf = picture => (picture.columnShown === null ? newest(picture) : ofColumn(picture));

/** The rows of a column: as wide as the picture's, and as exact as its codes. */
function ofColumn(picture) {
  const { shape, price } = picture.header;
  const column = picture.columnShown;
  const bins = [];
  for (let row = 0; row < shape.rows; row++) {
    const amounts = picture.parts(row, column);
    const amount = amounts.reduce((sum, part) => sum + part, 0);
    if (!amount) continue;
    const low = price.from + row * price.step;
    const perPct = (low + price.step / 2) / (100 * price.step);
    bins.push({
      low, high: low + price.step, side: picture.sideOf(row, column), amount, amounts,
      density: amount * perPct, parts: amounts.map(part => part * perPct),
    });
  }
  return bins;
}

function newest({ arrays, header, shown, choices: { side } }) {
  const bins = new Map();
  const { profile_low: low, profile_high: high, profile_group: group, profile_short: short } = arrays;
  for (let at = 0; at < low.length; at++) {
    if (!shown[group[at]] || (short[at] ? side === 'longs' : side === 'shorts')) continue;
    let bin = bins.get(low[at]);
    if (!bin) {
      bin = { low: low[at], high: high[at], side: short[at] ? 'shorts' : 'longs', density: 0, amount: 0 };
      bin.parts = header.groups.map(() => 0);
      bin.amounts = header.groups.map(() => 0);
      bins.set(low[at], bin);
    }
    bin.parts[group[at]] += arrays.profile_density[at];
    bin.density += arrays.profile_density[at];
    bin.amounts[group[at]] += arrays.profile_amount[at];
    bin.amount += arrays.profile_amount[at];
  }
  return [...bins.values()].sort((one, other) => one.low - other.low);
}

/**
 * The densest bin of every line of pixels.
 *
 * @param y pixels of a price, from the top.
 */
export function linesOf(bins, height, y) {
  const lines = new Array(Math.ceil(height)).fill(null);
  for (const bin of bins) {
    const top = Math.max(0, Math.round(y(bin.high)));
    const bottom = Math.min(lines.length, Math.max(top + 1, Math.round(y(bin.low))));
    for (let line = top; line < bottom; line++) {
      if (!lines[line] || lines[line].density < bin.density) lines[line] = bin;
    }
  }
  return lines;
}

/** The densest bins of each side, the densest first. */
export function wallsOf(bins) {
  const walls = [];
  for (const bin of [...bins].sort((one, other) => other.density - one.density)) {
    const sameSide = walls.filter(wall => wall.side === bin.side);
    if (sameSide.length === WALLS_PER_SIDE || sameSide.some(wall => Math.abs(wall.low - bin.low) < APART * bin.low)) continue;
    walls.push(bin);
  }
  return walls;
}
