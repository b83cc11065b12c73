// The pane below the picture: what the price swept in each bar, and what was really liquidated.

import { HistogramSeries } from './vendor/lightweight-charts-5.2.1.mjs';
import { money } from './words.js';

const SHARE = 0.16;
// Swept amounts are the model's, and lighter than the observed ones drawn over them.
const SERIES = [
  { array: 'bar_swept_long', side: 'long', sign: 1, alpha: '73' },
  { array: 'bar_swept_short', side: 'short', sign: -1, alpha: '73' },
  { array: 'bar_realised_long', side: 'long', sign: 1, alpha: 'ff' },
  { array: 'bar_realised_short', side: 'short', sign: -1, alpha: 'ff' },
];

export class Bars {
  constructor(chart) {
    this.chart = chart;
    this.series = [];
  }

  /** Show the pane, or take it away. */
  show(picture) {
    const { bars, side } = picture.choices;
    if (!bars) return this.remove();
    if (!this.series.length) this.add();
    const palette = picture.palette(picture.choices);
    const { from, seconds, count } = picture.header.bars;
    SERIES.forEach(({ array, side: of, sign, alpha }, number) => {
      this.series[number].applyOptions({ color: palette[of] + alpha, visible: side === 'both' || side === `${of}s` });
      if (this.drawn === picture.arrays) return;
      const amounts = picture.arrays[array];
      this.series[number].setData(Array.from({ length: count }, (_, bar) => {
        const place = { time: from + bar * seconds };
        return Number.isNaN(amounts[bar]) ? place : { ...place, value: sign * amounts[bar] };
      }));
    });
    this.drawn = picture.arrays;
    return undefined;
  }

  add() {
    const text = value => (value ? `${money(Math.abs(value), 1)} ${value < 0 ? 'shorts' : 'longs'}` : '0');
    const priceFormat = { type: 'custom', minMove: 0.01, formatter: text, tickmarksFormatter: values => values.map(text) };
    this.series = SERIES.map(() => this.chart.addSeries(
      HistogramSeries, { priceFormat, lastValueVisible: false, priceLineVisible: false }, 1));
    const [picture, bars] = this.chart.panes();
    picture.setStretchFactor(1 - SHARE);
    bars.setStretchFactor(SHARE);
  }

  remove() {
    this.series.forEach(series => this.chart.removeSeries(series));
    this.series = [];
    this.drawn = null;
  }
}
