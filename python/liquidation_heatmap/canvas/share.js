// The picture as a file that says by itself what it shows: with title, time and source.

import { FAINT_INK, GROUND, INK } from './colours.js';
import { price, time } from './words.js';

// Heights of the lines above and below, in CSS pixels.
const ABOVE = 44;
const BELOW = 24;

/**
 * Title and source of a picture.
 *
 * @param at seconds of the moment looked back to; null for the newest book.
 */
export function wordsOf({ symbol, venue, model, asOf, mark, unit }, at) {
  return {
    title: `${symbol} liquidation heatmap, model ${model}`,
    when: `as of ${time(asOf)} UTC, mark price ${price(mark)}${at === null ? '' : `; book of ${time(at)} UTC`}; amounts in ${unit}`,
    source: `Estimated from public data of ${venue}, not reported by it. Made with Liquidation Heatmap, which is open source.`,
    file: `${venue}-${symbol}-heatmap-${model}-${time(asOf).replace(/[^0-9]/g, '')}.png`,
  };
}

/** A canvas of the chart's own picture between its title and its source. */
export function framed(shot, words, font) {
  const ratio = window.devicePixelRatio;
  const canvas = Object.assign(document.createElement('canvas'), {
    width: shot.width, height: shot.height + Math.round((ABOVE + BELOW) * ratio),
  });
  const context = canvas.getContext('2d');
  context.fillStyle = GROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(shot, 0, Math.round(ABOVE * ratio));
  context.scale(ratio, ratio);
  context.textBaseline = 'middle';
  const width = canvas.width / ratio - 20;
  const line = (text, y, colour, style) => {
    context.fillStyle = colour;
    context.font = `${style} ${font}`;
    context.fillText(text, 10, y, width);
  };
  line(words.title, 14, INK, 'bold 15px');
  line(words.when, 33, INK, '12px');
  line(words.source, canvas.height / ratio - BELOW / 2, FAINT_INK, '11px');
  return canvas;
}

/** Save a canvas under a name. */
export function save(canvas, name) {
  canvas.toBlob(content => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(content), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}
