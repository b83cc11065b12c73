// Where times and prices lie on the plot, and the part of it that is looked at.
//
// The library counts bars, not time. There is a bar for every stretch of time, so that both are the same up to a factor.
// The newest book is drawn over the right of the plot, so what is looked at ends where it begins.

export class Axes {
  constructor(chart, series) {
    this.chart = chart;
    this.series = series;
    this.scale = chart.timeScale();
  }

  /** The bars of a picture: start of the first and length, seconds, and how many. */
  set(bars) {
    this.bars = bars;
  }

  get width() {
    return this.scale.width();
  }

  /** Pixels at the right that the newest book takes. */
  get strip() {
    return Math.round(Math.min(240, Math.max(64, 0.17 * this.width)));
  }

  /** The line from time to pixels: x = at + time * perSecond, for the left edge of a bar. */
  get line() {
    const { from, seconds, count } = this.bars;
    const last = Math.max(1, count - 1);
    const first = this.scale.logicalToCoordinate(0);
    const spacing = (this.scale.logicalToCoordinate(last) - first) / last;
    const perSecond = spacing / seconds;
    return { at: first - spacing / 2 - from * perSecond, perSecond };
  }

  y(price) {
    return this.series.priceToCoordinate(price);
  }

  price(y) {
    return this.series.coordinateToPrice(y);
  }

  time(x) {
    const { at, perSecond } = this.line;
    return (x - at) / perSecond;
  }

  /** The times looked at. */
  get times() {
    const range = this.scale.getVisibleLogicalRange();
    if (!range) return null;
    const { from, seconds } = this.bars;
    const start = from + range.from * seconds;
    const shown = ((range.to - range.from + 1) * (this.width - this.strip)) / this.width;
    return { from: start, to: start + shown * seconds };
  }

  /** Look at other times. The library does so in the next frame. */
  set times({ from, to }) {
    const start = (from - this.bars.from) / this.bars.seconds;
    const bars = (((to - from) / this.bars.seconds) * this.width) / (this.width - this.strip);
    this.scale.setVisibleLogicalRange({ from: start, to: start + bars - 1 });
  }

  /** The prices looked at where they were chosen; null where they follow the choice of the span. */
  get prices() {
    const scale = this.series.priceScale();
    const range = scale.options().autoScale ? null : scale.getVisibleRange();
    return range && [range.from, range.to];
  }

  set prices(prices) {
    const scale = this.series.priceScale();
    if (prices) scale.setVisibleRange({ from: prices[0], to: prices[1] });
    else scale.setAutoScale(true);
  }
}
