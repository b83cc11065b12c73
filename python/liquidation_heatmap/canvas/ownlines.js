// The liquidation prices of one's own positions on the plot.

import { INK } from './colours.js';
import { fateOf } from './own.js';
import { distance, price as priceText } from './words.js';

const HEIGHT = 16;
// A longer label would hide the cells on a phone.
const MOST_OF_THE_PLOT = 0.9;

/** A primitive of the candles' series that draws a line for each position that has a price. */
export class OwnLines {
  constructor(axes, font) {
    this.axes = axes;
    this.font = `11px ${font}`;
    this.views = [{ zOrder: () => 'top', renderer: () => ({ draw: target => this.draw(target) }) }];
  }

  attached({ requestUpdate }) {
    this.requestUpdate = requestUpdate;
  }

  paneViews() {
    return this.views;
  }

  /** Draw these positions over a picture from the next frame on. */
  show(picture, positions) {
    this.palette = picture.palette(picture.choices);
    this.lines = positions.map(position => lineOf(position, picture)).filter(line => line.price !== null);
    this.requestUpdate?.();
  }

  draw(target) {
    if (!this.lines?.length || !this.axes.width) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.save();
      context.font = this.font;
      context.textBaseline = 'middle';
      context.textAlign = 'left';
      const taken = [];
      for (const line of this.lines) this.drawLine(context, mediaSize, line);
      for (const line of this.lines) this.drawLabel(context, mediaSize, line, taken);
      context.restore();
    });
  }

  y(price) {
    return Math.round(this.axes.y(price)) + 0.5;
  }

  drawLine(context, { width }, { side, price }) {
    const y = this.y(price);
    context.strokeStyle = this.palette[side];
    context.lineWidth = 2;
    context.setLineDash([7, 4]);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
    context.setLineDash([]);
  }

  /** The label of a line; of one beyond the prices shown at the edge, with an arrow that points to it. */
  drawLabel(context, { width, height }, { side, price, long, short }, taken) {
    const y = this.y(price);
    const arrow = y < 0 ? '↑ ' : y > height ? '↓ ' : '';
    const isFitting = context.measureText(arrow + long).width < MOST_OF_THE_PLOT * (width - this.axes.strip);
    const text = arrow + (isFitting ? long : short);
    const place = freePlace(Math.min(height - HEIGHT, Math.max(HEIGHT, y)), height, taken);
    const length = context.measureText(text).width + 12;
    context.lineWidth = 1;
    context.strokeStyle = this.palette[side];
    context.fillStyle = 'rgba(15, 16, 24, 0.92)';
    context.fillRect(4, place - HEIGHT / 2, length, HEIGHT);
    context.strokeRect(4.5, place - HEIGHT / 2, length, HEIGHT - 1);
    context.fillStyle = INK;
    context.fillText(text, 10, place);
  }
}

function lineOf(position, picture) {
  const { price, words } = fateOf(position, picture);
  const { side, entry } = position;
  return {
    side, price,
    long: `my ${side} from ${priceText(entry)}: ${words}`,
    short: price === null ? '' : `my ${side}: ${priceText(price)}, ${distance(price, picture.header.mark)}`,
  };
}

/** The place of a label nearest to where it belongs that no other label has, marked as taken. */
function freePlace(wanted, height, taken) {
  const isFree = place => place >= HEIGHT / 2 && place <= height - HEIGHT / 2 &&
    taken.every(other => Math.abs(other - place) > HEIGHT);
  for (let away = 0; away < height; away++) {
    for (const place of [wanted + away, wanted - away]) {
      if (isFree(place)) {
        taken.push(place);
        return place;
      }
    }
  }
  return wanted;
}
