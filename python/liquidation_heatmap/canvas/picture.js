// A picture as the server sent it, and what the choices make of it.

import { unpack } from './blob.js';
import { amountsOfCodes, densityOf, isShort, pooled, poolingOf, quantiles, sumAlongTime } from './cells.js';
import { paint, ramp, scaleOf } from './colours.js';

// Far from the price lie the largest amounts, of the lowest leverages: by them alone nothing else would be bright.
const USUAL_SPAN = 0.1;

export class Picture {
  /** @throws where the bytes are not what the server packs. */
  static async of(bytes) {
    const { header, arrays } = await unpack(bytes);
    sumAlongTime(arrays.codes, header.shape.columns);
    return new Picture(header, arrays);
  }

  constructor(header, arrays) {
    this.header = header;
    this.arrays = arrays;
    this.amounts = amountsOfCodes(header.scale, 'both');
    // The colours are those of all groups and sides, whatever is shown, so that a colour always means the same amount.
    const all = densityOf(arrays.codes, header.shape, this.amounts, header.groups.map(() => true), header.price);
    this.colours = scaleOf(...quantiles(usualRows(all, header), [0.9, 0.998]));
    this.density = all;
    this.summedFor = JSON.stringify({ side: 'both', leverage: null });
    this.pools = new Map();
  }

  palette({ colours }) {
    const { palettes, groupColours } = this.header;
    const palette = palettes[colours] ?? Object.values(palettes)[0];
    return { ...palette, leverage: groupColours.map(number => palette.leverage[number]) };
  }

  /** Add up what is shown, where that changed. */
  choose(choices) {
    const { side, leverage } = choices;
    const summedFor = JSON.stringify({ side, leverage });
    this.choices = choices;
    this.shown = this.header.groups.map(group => !leverage || leverage.includes(group));
    if (summedFor === this.summedFor) return;
    const { shape, scale, price } = this.header;
    this.density = densityOf(this.arrays.codes, shape, amountsOfCodes(scale, side), this.shown, price);
    this.summedFor = summedFor;
    this.pools.clear();
  }

  /**
   * The cells as an image to be stretched over the plot, pooled to at most so many cells.
   *
   * @param pixels how many pixels all rows and all columns would take.
   */
  image(pixels) {
    const { shape } = this.header;
    const factors = [poolingOf(shape.rows, pixels.rows), poolingOf(shape.columns, pixels.columns)];
    const { threshold } = this.choices;
    const palette = this.palette(this.choices);
    const drawnFor = JSON.stringify([factors, threshold, palette.density, this.summedFor]);
    if (this.drawnFor !== drawnFor) {
      this.drawnFor = drawnFor;
      const key = factors.join();
      if (!this.pools.has(key)) this.pools.set(key, pooled(this.density, shape, ...factors));
      const { density, rows, columns } = this.pools.get(key);
      this.canvas = new OffscreenCanvas(columns, rows);
      const context = this.canvas.getContext('2d');
      const image = paint(context.createImageData(columns, rows), density, ramp(palette.density), this.colours, threshold);
      context.putImageData(image, 0, 0);
      this.factors = { rows: factors[0], columns: factors[1] };
    }
    return this.canvas;
  }

  /** The column that is looked back to; null where the newest book is shown. */
  get columnShown() {
    const { at } = this.choices;
    const column = at === null ? null : this.columnOf(at);
    return column === null || column < 0 || column >= this.header.shape.columns ? null : column;
  }

  /** The mark price of the book shown; the newest where that of then is not known. */
  get mark() {
    const then = this.columnShown === null ? NaN : this.arrays.mark[this.columnShown];
    return Number.isNaN(then) ? this.header.mark : then;
  }

  columnOf(time) {
    const { from, minutes } = this.header.time;
    return Math.floor((time - from) / (60 * minutes));
  }

  /** Start and end of a column, seconds. */
  columnTimes(column) {
    const { from, minutes } = this.header.time;
    return [from + column * minutes * 60, from + (column + 1) * minutes * 60];
  }

  /** What a cell holds; null outside of the picture. Amounts are of the leverage groups shown. */
  cell(time, price) {
    const { shape, price: prices } = this.header;
    const column = this.columnOf(time);
    const row = Math.floor((price - prices.from) / prices.step);
    if (column < 0 || column >= shape.columns || row < 0 || row >= shape.rows) return null;
    const parts = this.parts(row, column);
    return {
      column, row, parts, side: this.sideOf(row, column), since: this.since(row, column),
      amount: parts.reduce((sum, part) => sum + part, 0),
      low: prices.from + row * prices.step, high: prices.from + (row + 1) * prices.step,
      toPrice: this.towards(row, column),
    };
  }

  code(group, row, column) {
    const { rows, columns } = this.header.shape;
    return this.arrays.codes[(group * rows + row) * columns + column];
  }

  parts(row, column) {
    return this.shown.map((shown, group) => (shown ? this.visible(this.code(group, row, column)) : 0));
  }

  visible(code) {
    const { side } = this.choices;
    return (isShort(code) ? side === 'longs' : side === 'shorts') ? 0 : this.amounts[code];
  }

  sideOf(row, column) {
    const codes = this.shown.map((_, group) => this.code(group, row, column)).filter(code => code);
    return codes.length ? (isShort(codes[0]) ? 'shorts' : 'longs') : null;
  }

  /** The first column of those before that hold something of the same side without a break. */
  since(row, column) {
    const side = this.sideOf(row, column);
    let first = column;
    while (first > 0 && this.sideOf(row, first - 1) === side) first--;
    return first;
  }

  /** What a move of the price to a row would have liquidated: the amounts from the mark price then, if known, to it. */
  towards(row, column) {
    const { price } = this.header;
    if (Number.isNaN(this.arrays.mark[column])) return null;
    const markRow = Math.floor((this.arrays.mark[column] - price.from) / price.step);
    let sum = 0;
    for (let at = row; row < markRow ? at <= markRow : at >= markRow; row < markRow ? at++ : at--) {
      if (at >= 0 && at < this.header.shape.rows) sum += this.parts(at, column).reduce((all, part) => all + part, 0);
    }
    return sum;
  }
}

/** The rows of a density that are near the prices traded. */
export function usualRows(density, { shape, price }) {
  const row = value => Math.min(shape.rows, Math.max(0, Math.floor((value - price.from) / price.step)));
  const [low, high] = [row(price.tradedLow * (1 - USUAL_SPAN)), row(price.tradedHigh * (1 + USUAL_SPAN))];
  return density.subarray(low * shape.columns, high * shape.columns);
}
