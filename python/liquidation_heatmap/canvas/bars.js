// The pane below the picture: what the price swept and what was liquidated, or another series of the same bars.

import { HistogramSeries, LineSeries } from './vendor/lightweight-charts-5.2.1.js';
import { FAINT_INK } from './colours.js';
import { money } from './words.js';

const SHARE = 0.16;

const bySide = value => (value ? `${money(Math.abs(value), 1)} ${value < 0 ? 'shorts' : 'longs'}` : '0');
const percent = value => `${value.toFixed(4)} %`;
const sideSeries = (array, side, sign, alpha) => ({ array, side, sign, alpha, kind: HistogramSeries, text: bySide });
const series = (array, kind, text) => ({ array, kind, text, sign: 1 });

/** What the pane can show. Swept amounts are the model's, and lighter than the observed ones drawn over them. */
const PANES = {
  liquidations: [
    sideSeries('bar_swept_long', 'long', 1, '73'),
    sideSeries('bar_swept_short', 'short', -1, '73'),
    sideSeries('bar_realised_long', 'long', 1, 'ff'),
    sideSeries('bar_realised_short', 'short', -1, 'ff'),
  ],
  'open interest': [series('bar_open_interest', LineSeries, value => `${money(value)} coins`)],
  funding: [series('bar_funding', HistogramSeries, percent)],
  volume: [series('bar_volume', HistogramSeries, value => money(value))],
  nothing: [],
};
export const BELOW = Object.keys(PANES);

export class Bars {
  constructor(chart) {
    this.chart = chart;
    this.drawn = [];
  }

  /** Show the pane that is chosen, or take it away, also where nothing of it is known. */
  show(picture) {
    const { side } = picture.choices;
    const isKnown = ({ array }) => picture.arrays[array].some(value => !Number.isNaN(value));
    const below = PANES[picture.choices.below].some(isKnown) ? picture.choices.below : 'nothing';
    if (below !== this.below) this.exchange(below);
    const palette = picture.palette(picture.choices);
    PANES[below].forEach((what, number) => {
      this.drawn[number].applyOptions({
        color: what.side ? palette[what.side] + what.alpha : FAINT_INK,
        visible: !what.side || side === 'both' || side === `${what.side}s`,
      });
      if (this.arrays !== picture.arrays) this.drawn[number].setData(pointsOf(picture, what));
    });
    this.arrays = picture.arrays;
  }

  exchange(below) {
    this.drawn.forEach(each => this.chart.removeSeries(each));
    this.drawn = PANES[below].map(({ kind, text }) => this.chart.addSeries(kind, {
      priceFormat: { type: 'custom', minMove: 1e-6, formatter: text, tickmarksFormatter: values => values.map(text) },
      lastValueVisible: false, priceLineVisible: false, lineWidth: 1,
    }, 1));
    this.below = below;
    this.arrays = null;
    const [main, pane] = this.chart.panes();
    main.setStretchFactor(1 - SHARE);
    pane?.setStretchFactor(SHARE);
  }
}

/** A value for every bar that has one, and a place without one for every other. */
function pointsOf({ arrays, header: { bars } }, { array, sign }) {
  return Array.from(arrays[array], (value, bar) => {
    const place = { time: bars.from + bar * bars.seconds };
    return Number.isNaN(value) ? place : { ...place, value: sign * value };
  });
}
