// What is drawn on the plot: cells below the candles; above them liquidations, the newest book, zones and walls.

import { cameAfter, linesOfAfter } from './after.js';
import { FAINT_INK, GROUND, INK, PRICE } from './colours.js';
import { binsOf, linesOf, wallsOf } from './profile.js';
import { distance, money, price } from './words.js';

// Of the plot's width, and in pixels.
const LARGEST_BUBBLE = [1 / 60, 12];
const LABEL_HEIGHT = 15;
// A longer label would hide the cells on a phone.
const MOST_OF_THE_PLOT = 0.5;

const sideColour = (palette, side) => (side.startsWith('long') ? palette.long : palette.short);

/** A primitive of the candles' series that draws a picture. */
export class Layers {
  constructor(axes, font) {
    this.axes = axes;
    this.font = `11px ${font}`;
    this.views = [
      { zOrder: () => 'bottom', renderer: () => ({ draw: target => this.draw(target, this.below) }) },
      { zOrder: () => 'top', renderer: () => ({ draw: target => this.draw(target, this.above) }) },
    ];
  }

  attached({ requestUpdate }) {
    this.requestUpdate = requestUpdate;
  }

  paneViews() {
    return this.views;
  }

  autoscaleInfo() {
    if (!this.picture) return null;
    const { price: { tradedLow, tradedHigh }, spans } = this.picture.header;
    const part = (spans[this.picture.choices.span] ?? Object.values(spans)[0]) / 100;
    return { priceRange: { minValue: tradedLow * (1 - part), maxValue: tradedHigh * (1 + part) } };
  }

  /**
   * Draw this picture from the next frame on.
   *
   * @param cells what its cells are painted of: the picture itself, or its difference from another.
   */
  show(picture, cells = picture) {
    this.picture = picture;
    this.cells = cells;
    this.bins = binsOf(picture);
    this.came = cameAfter(picture);
    this.requestUpdate?.();
  }

  draw(target, layer) {
    if (!this.picture || !this.axes.width) return;
    target.useBitmapCoordinateSpace(scope => {
      this.ratio = { x: scope.horizontalPixelRatio, y: scope.verticalPixelRatio };
      this.size = { width: scope.mediaSize.width, height: scope.mediaSize.height };
      const { context } = scope;
      context.save();
      context.scale(this.ratio.x, this.ratio.y);
      layer.call(this, context);
      context.restore();
    });
  }

  below(context) {
    const { time, price: prices, shape } = this.picture.header;
    const { at, perSecond } = this.axes.line;
    const columnWidth = 60 * time.minutes * perSecond;
    const rowHeight = (this.axes.y(prices.from) - this.axes.y(prices.from + shape.rows * prices.step)) / shape.rows;
    const image = this.cells.image({
      rows: rowHeight * shape.rows * this.ratio.y,
      columns: columnWidth * shape.columns * this.ratio.x,
    });
    const { factors } = this.cells;
    context.imageSmoothingEnabled = false;
    // The last pooled row and column may reach beyond the picture; their part outside is empty.
    const left = at + time.from * perSecond;
    const bottom = this.axes.y(prices.from);
    const width = image.width * factors.columns * columnWidth;
    const height = image.height * factors.rows * rowHeight;
    context.drawImage(image, left, bottom - height, width, height);
  }

  above(context) {
    const { choices } = this.picture;
    context.font = this.font;
    context.textBaseline = 'middle';
    if (choices.realised) this.liquidations(context);
    this.later(context);
    this.book(context);
    this.mark(context);
    // Zones are those of the newest book.
    const labels = [...(choices.zones && this.picture.columnShown === null ? this.zones(context) : []), ...this.walls()];
    this.labels(context, labels);
    if (this.came) this.after(context);
  }

  /** Beside the mark price of the moment looked back to: what was at risk then, and what came. */
  after(context) {
    const lines = linesOfAfter(this.came);
    const width = Math.max(...lines.map(line => context.measureText(line).width)) + 12;
    const height = lines.length * LABEL_HEIGHT + 4;
    const { at, perSecond } = this.axes.line;
    const then = at + this.picture.columnTimes(this.picture.columnShown)[0] * perSecond;
    const right = this.size.width - this.axes.strip;
    const left = Math.max(0, then + 6 + width < right ? then + 6 : Math.min(then, right) - 6 - width);
    const top = Math.max(0, Math.min(this.size.height - height, this.axes.y(this.picture.mark) + 6));
    context.fillStyle = 'rgba(15, 16, 24, 0.92)';
    context.fillRect(left, top, width, height);
    context.fillStyle = INK;
    context.textAlign = 'left';
    lines.forEach((line, number) => context.fillText(line, left + 6, top + 2 + (number + 0.5) * LABEL_HEIGHT));
  }

  liquidations(context) {
    const { realised_time: times, realised_short: short, realised_price: prices, realised_amount: amounts } =
      this.picture.arrays;
    const palette = this.picture.palette(this.picture.choices);
    const largest = amounts.reduce((most, amount) => Math.max(most, amount), 0);
    const widest = Math.min(LARGEST_BUBBLE[0] * this.size.width, LARGEST_BUBBLE[1]);
    const { at, perSecond } = this.axes.line;
    context.lineWidth = 0.5;
    context.strokeStyle = PRICE;
    for (let number = 0; number < times.length; number++) {
      if (this.hides(short[number] ? 'shorts' : 'longs')) continue;
      const radius = Math.max(1, widest * Math.sqrt(amounts[number] / largest));
      context.beginPath();
      context.arc(at + times[number] * perSecond, this.axes.y(prices[number]), radius, 0, 2 * Math.PI);
      context.globalAlpha = 0.75;
      context.fillStyle = short[number] ? palette.short : palette.long;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
  }

  /** Grey what came after the moment looked back to. */
  later(context) {
    const column = this.picture.columnShown;
    if (column === null) return;
    const { at, perSecond } = this.axes.line;
    const left = at + this.picture.columnTimes(column)[0] * perSecond;
    context.fillStyle = 'rgba(60, 62, 70, 0.78)';
    context.fillRect(left, 0, Math.max(0, this.size.width - left), this.size.height);
    context.fillStyle = PRICE;
    context.fillRect(left, 0, 1, this.size.height);
  }

  /** What follows an amount: nothing where it is quote currency. */
  get suffix() {
    return this.picture.header.unit === 'USDT' ? '' : ' %';
  }

  hides(side) {
    const shown = this.picture.choices.side;
    return shown !== 'both' && shown !== side;
  }

  /** The newest book, stacked by leverage; each line of pixels shows its densest bin, as long as it is dense. */
  book(context) {
    const { strip } = this.axes;
    const right = this.size.width;
    const left = right - strip;
    const { leverage } = this.picture.palette(this.picture.choices);
    context.fillStyle = GROUND;
    context.fillRect(left, 0, strip, this.size.height);
    context.fillStyle = '#2c2f3b';
    context.fillRect(left, 0, 1, this.size.height);
    this.lines = linesOf(this.bins, this.size.height, value => this.axes.y(value));
    const densest = this.lines.reduce((most, bin) => Math.max(most, bin?.density ?? 0), 0);
    this.lines.forEach((bin, y) => {
      let from = right;
      bin?.parts.forEach((part, group) => {
        const length = ((strip - 12) * part) / densest;
        context.fillStyle = leverage[group];
        context.fillRect(from - length, y, length, 1);
        from -= length;
      });
    });
  }

  mark(context) {
    const y = Math.round(this.axes.y(this.picture.mark)) + 0.5;
    context.strokeStyle = PRICE;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(this.size.width, y);
    context.stroke();
    context.setLineDash([]);
  }

  /** Boxes of the zones in the newest book, whose zones they are; returns their labels. */
  zones(context) {
    const { zone_low: low, zone_high: high, zone_short: isShort, zone_amount: amounts } = this.picture.arrays;
    const palette = this.picture.palette(this.picture.choices);
    const left = this.size.width - this.axes.strip;
    const labels = [];
    context.lineWidth = 1.5;
    for (let zone = 0; zone < low.length; zone++) {
      const side = isShort[zone] ? 'shorts' : 'longs';
      if (this.hides(side)) continue;
      const [top, bottom] = [this.axes.y(high[zone]), this.axes.y(low[zone])];
      context.strokeStyle = sideColour(palette, side);
      context.strokeRect(left + 1, top, this.axes.strip - 2, Math.max(2, bottom - top));
      const short = `zone of ${side}: ${money(amounts[zone], 1)}${this.suffix}`;
      const text = `${short}, ${price(low[zone])} to ${price(high[zone])}`;
      labels.push({ text, short, y: (top + bottom) / 2, side, weight: amounts[zone] });
    }
    return labels.sort((one, other) => other.weight - one.weight);
  }

  /** Labels of the walls of the newest book that are in sight. */
  walls() {
    const { mark } = this.picture;
    const inSight = this.bins.filter(bin => this.axes.y(bin.high) > 0 && this.axes.y(bin.low) < this.size.height);
    return wallsOf(inSight).map(({ side, low, high, amount }) => ({
      side,
      y: this.axes.y((low + high) / 2),
      short: `${side}: ${money(amount, 1)}${this.suffix}`,
      text: `${side} ${price(low)} to ${price(high)}: ${money(amount)}${this.suffix}, ` +
        distance(side === 'longs' ? high : low, mark),
    }));
  }

  /** Labels left of the newest book, the first ones where there is no room for all. */
  labels(context, labels) {
    const palette = this.picture.palette(this.picture.choices);
    const right = this.size.width - this.axes.strip - 4;
    const taken = [];
    for (const { text: long, short, y, side } of labels) {
      if (y === null || y < LABEL_HEIGHT || y > this.size.height - LABEL_HEIGHT) continue;
      if (taken.some(other => Math.abs(other - y) < LABEL_HEIGHT + 1)) continue;
      const text = context.measureText(long).width < MOST_OF_THE_PLOT * right ? long : short;
      const width = context.measureText(text).width + 14;
      taken.push(y);
      context.fillStyle = 'rgba(15, 16, 24, 0.88)';
      context.fillRect(right - width, y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT);
      context.fillStyle = sideColour(palette, side);
      context.fillRect(right - 4, y - LABEL_HEIGHT / 2, 4, LABEL_HEIGHT);
      context.fillStyle = INK;
      context.textAlign = 'right';
      context.fillText(text, right - 8, y);
    }
    context.fillStyle = FAINT_INK;
  }
}
