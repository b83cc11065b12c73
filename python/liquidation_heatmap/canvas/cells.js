// The cells of the density: from codes (cells.py says what they are) to amounts, and to the largest of many cells.

const CODES = 4095;
const SHORT = CODES + 1;

/** Turn differences along time into the codes themselves, in place. */
export function sumAlongTime(codes, columns) {
  for (let start = 0; start < codes.length; start += columns) {
    for (let at = start + 1; at < start + columns; at++) codes[at] += codes[at - 1];
  }
  return codes;
}

/** The amount of every code; 0 for those of a side that is not shown. */
export function amountsOfCodes(scale, side) {
  const amounts = new Float32Array(2 * SHORT);
  for (let code = 1; code <= CODES; code++) {
    const amount = scale.low * Math.pow(scale.high / scale.low, (code - 1) / (CODES - 1));
    if (side !== 'shorts') amounts[code] = amount;
    if (side !== 'longs') amounts[code + SHORT] = amount;
  }
  return amounts;
}

/** Whether a code says shorts. */
export const isShort = code => code > SHORT;

/**
 * Amount per 1 % of price of every cell, over the leverage groups shown.
 *
 * Rows have the same width in quote currency, so a row of high prices is a smaller part of its price.
 */
export function densityOf(codes, shape, amounts, groupsShown, price) {
  const density = new Float32Array(shape.rows * shape.columns);
  const layer = density.length;
  groupsShown.forEach((shown, group) => {
    if (!shown) return;
    const codesOfGroup = codes.subarray(group * layer, (group + 1) * layer);
    for (let cell = 0; cell < layer; cell++) density[cell] += amounts[codesOfGroup[cell]];
  });
  for (let row = 0; row < shape.rows; row++) {
    const perPct = (price.from + (row + 0.5) * price.step) / (100 * price.step);
    for (let cell = row * shape.columns; cell < (row + 1) * shape.columns; cell++) density[cell] *= perPct;
  }
  return density;
}

/** Cells of which each is the largest of `rows` x `columns` others, so that no wall is lost where cells outnumber pixels. */
export function pooled(density, shape, rows, columns) {
  if (rows === 1 && columns === 1) return { density, ...shape };
  const result = { rows: Math.ceil(shape.rows / rows), columns: Math.ceil(shape.columns / columns) };
  result.density = new Float32Array(result.rows * result.columns);
  const columnOf = Int32Array.from({ length: shape.columns }, (_, column) => Math.floor(column / columns));
  for (let row = 0; row < shape.rows; row++) {
    const from = row * shape.columns;
    const to = Math.floor(row / rows) * result.columns;
    for (let column = 0; column < shape.columns; column++) {
      const held = density[from + column];
      const place = to + columnOf[column];
      if (held > result.density[place]) result.density[place] = held;
    }
  }
  return result;
}

/** The least power of two by which `count` cells have to be pooled to fit into so many pixels. */
export function poolingOf(count, pixels) {
  let factor = 1;
  while (count / factor > pixels) factor *= 2;
  return factor;
}

/** The amount below which a share of the filled cells lies; of every sixteenth cell where there are many. */
export function quantiles(density, shares) {
  const every = density.length > 100_000 ? 16 : 1;
  const filled = [];
  for (let cell = 0; cell < density.length; cell += every) if (density[cell] > 0) filled.push(density[cell]);
  const sorted = Float32Array.from(filled).sort();
  return shares.map(share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}
