// Two models on one picture: how much denser the one is than the other, or either of them alone.

import { pooled, poolingOf, quantiles, sumAlongTime } from './cells.js';
import { paint, ramp, scaleOf } from './colours.js';
import { Picture, usualRows } from './picture.js';
import { binsOf } from './profile.js';
import { money } from './words.js';

/** What can be shown of two models. The first and the second are told by their names. */
export const COMPARISONS = ['difference', 'one', 'other'];
// Denser in the one, and in the other: told apart by those who see no red or no green too, and no side's colours.
export const MORE = ['#1b7837', '#5fbf5a', '#d9f0b3'];
export const LESS = ['#6a2a8a', '#b07cd0', '#f0d8ff'];

export class Comparison {
  /** The comparison that a picture was sent with; null where it was sent alone. */
  static of(picture) {
    return picture.header.compared ? new Comparison(picture) : null;
  }

  constructor(one) {
    this.one = one;
    this.other = otherOf(one);
    this.shape = one.header.shape;
    this.names = { difference: 'difference', one: one.header.model, other: one.header.compared.model };
    this.colours = scaleOf(...quantiles(usualRows(this.subtract().map(Math.abs), one.header), [0.9, 0.998]));
  }

  /** Take choices that the picture itself has taken. */
  choose(choices) {
    this.other.choose(choices);
    this.shown = COMPARISONS.includes(choices.comparison) ? choices.comparison : 'difference';
  }

  /** The picture whose book, labels and amounts are shown. */
  get picture() {
    return this.shown === 'other' ? this.other : this.one;
  }

  /** What the cells are painted of: has `image(pixels)` and, after it, `factors`. */
  get cells() {
    return this.shown === 'difference' ? this : this.picture;
  }

  /** Density of the one less that of the other. */
  subtract() {
    const { density } = this.other;
    return this.one.density.map((held, cell) => held - density[cell]);
  }

  /** As `Picture.image`, of the difference; of many cells the one with the largest shows. */
  image(wanted) {
    const factors = [poolingOf(this.shape.rows, wanted.rows), poolingOf(this.shape.columns, wanted.columns)];
    const { threshold } = this.one.choices;
    const drawnFor = JSON.stringify([factors, threshold, this.one.summedFor]);
    if (this.drawnFor !== drawnFor) {
      this.drawnFor = drawnFor;
      const { more, less, rows, columns } = this.split(factors);
      this.canvas = new OffscreenCanvas(columns, rows);
      const context = this.canvas.getContext('2d');
      const [image, other] = [[more, MORE], [less, LESS]].map(([density, stops]) =>
        paint(context.createImageData(columns, rows), density, ramp(stops), this.colours, threshold));
      const pixels = new Uint32Array(image.data.buffer);
      new Uint32Array(other.data.buffer).forEach((pixel, cell) => { pixels[cell] ||= pixel; });
      context.putImageData(image, 0, 0);
      this.factors = { rows: factors[0], columns: factors[1] };
    }
    return this.canvas;
  }

  /** The difference, pooled, as what the one has more and what the other has more; of each cell the larger only. */
  split(factors) {
    const splitFor = JSON.stringify([factors, this.one.summedFor]);
    if (this.parts?.splitFor !== splitFor) {
      const difference = this.subtract();
      const more = pooled(difference, this.shape, ...factors);
      const less = pooled(difference.map(value => -value), this.shape, ...factors);
      const larger = (side, against) => side.map((held, cell) => (held > against[cell] ? held : 0));
      const { rows, columns } = more;
      this.parts = {
        splitFor, rows, columns,
        more: larger(more.density, less.density), less: larger(less.density, more.density),
      };
    }
    return this.parts;
  }

  /** What both hold at a time and a price, as lines of a label. */
  linesOfCell(at, where) {
    return this.lines(picture => picture.cell(at, where));
  }

  /** The same of a bin of the book shown. */
  linesOfBin(bin) {
    const isSame = other => other.low <= bin.low + 1e-9 * bin.low && bin.low < other.high - 1e-9 * bin.low;
    return this.lines(picture => binsOf(picture).find(isSame));
  }

  lines(heldIn) {
    return [this.one, this.other].map(picture => {
      const held = heldIn(picture);
      return [`in ${picture.header.model}`, held?.amount ? `${money(held.amount)} ${held.side}` : 'nothing'];
    });
  }
}

/** The other model's picture: its cells and its newest book, with all else of the one that is not a model's. */
function otherOf(one) {
  const arrays = {};
  for (const [name, array] of Object.entries(one.arrays)) {
    // Zones and what is expected were sent of the one only.
    if (name.startsWith('zone_') || name.startsWith('risk_')) arrays[name] = array.subarray(0, 0);
    else if (!name.startsWith('compared_')) arrays[name] ??= array;
    else arrays[name.slice('compared_'.length)] = array;
  }
  const { model, scale } = one.header.compared;
  sumAlongTime(arrays.codes, one.header.shape.columns);
  const other = new Picture({ ...one.header, model, scale, alerts: null }, arrays);
  // A colour means the same amount in both.
  other.colours = one.colours;
  return other;
}
