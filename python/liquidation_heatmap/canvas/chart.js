// The chart: takes blobs from the server and choices from its bar, and keeps what is looked at.

import { CandlestickSeries, createChart } from './vendor/lightweight-charts-5.2.1.js';
import { linesOfAfter } from './after.js';
import { Axes } from './axes.js';
import { Bars } from './bars.js';
import { fingerprint } from './blob.js';
import { recall, remember, textOf } from './choices.js';
import { GROUND, INK, PRICE } from './colours.js';
import { Comparison } from './compare.js';
import { Controls } from './controls.js';
import { fitBox, linesOfBin, linesOfCell, middleOf, showBox } from './hover.js';
import { Layers } from './layers.js';
import { OwnLines } from './ownlines.js';
import { Panel } from './panel.js';
import { Picture } from './picture.js';
import { keep, release } from './pin.js';
import { wallsOf } from './profile.js';
import { framed, save, wordsOf } from './share.js';
import { distance } from './words.js';

// The address is written when nothing has changed for so long.
const WRITE_AFTER = 250;
// Only what changes so soon after the reader did something is the reader's doing.
const BY_HAND_WITHIN = 700;
const GRID = 'rgba(255, 255, 255, 0.07)';

export class Chart {
  constructor(root) {
    this.root = root;
    this.plot = root.querySelector('.plot');
    this.message = root.querySelector('.message');
    this.box = root.querySelector('.hover');
    this.pathname = location.pathname;
    this.byHandAt = null;
    this.leaving = new AbortController();
    this.controls = new Controls(root.querySelector('.bar'), root.querySelector('.past'), {
      changed: choices => this.choose(choices),
      fit: () => this.fit(),
      save: () => this.save(),
    });
    this.panel = new Panel(root.querySelector('.own'), positions => this.own.show(this.picture, positions));
    this.draw();
    this.listen();
  }

  draw() {
    const font = getComputedStyle(this.root).fontFamily;
    this.chart = createChart(this.plot, {
      autoSize: true,
      layout: { background: { color: GROUND }, textColor: INK, fontFamily: font, fontSize: 11, attributionLogo: false },
      grid: { vertLines: { color: GRID }, horzLines: { color: GRID } },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.01, bottom: 0.01 } },
      timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, minBarSpacing: 0.01 },
      crosshair: { mode: 0 },
      handleScroll: { vertTouchDrag: false },
      kineticScroll: { touch: false, mouse: false },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      upColor: GROUND, downColor: PRICE, borderColor: PRICE, wickColor: PRICE,
      lastValueVisible: false, priceLineVisible: false,
    });
    this.markLine = this.candles.createPriceLine({ price: 0, color: PRICE, lineVisible: false, axisLabelTextColor: GROUND });
    this.axes = new Axes(this.chart, this.candles);
    this.layers = new Layers(this.axes, font);
    this.candles.attachPrimitive(this.layers);
    this.own = new OwnLines(this.axes, font);
    this.candles.attachPrimitive(this.own);
    this.bars = new Bars(this.chart);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.looked());
    this.chart.timeScale().subscribeSizeChange(() => this.lookAgain());
    this.chart.subscribeCrosshairMove(event => this.pinned || this.hover(event));
    this.chart.subscribeClick(event => this.pin(event));
  }

  /** Take what the server sent, unless it is what is shown. */
  show(bytes) {
    return this.showPicture(fingerprint(bytes), () => Picture.of(bytes));
  }

  /** Take the picture that `make` gives, unless it is what is shown, which `build` tells. */
  async showPicture(build, make) {
    if (build === this.build) return;
    this.build = build;
    try {
      const picture = await make();
      // Another may have been sent in the meantime.
      if (build === this.build && !this.leaving.signal.aborted) this.take(picture);
    } catch (error) {
      console.warn(error);
      this.say('The picture cannot be drawn: what the server sent cannot be read. Load the page again.');
    }
  }

  take(picture) {
    const { header } = picture;
    const first = !this.picture;
    if (first) ({ choices: this.choices, view: this.view } = recall());
    else if (header.scope !== this.picture.header.scope) this.view = null;
    // A label kept is of what was shown.
    if (this.pinned && (header.scope !== this.picture.header.scope || header.model !== this.picture.header.model)) this.pin();
    this.picture = picture;
    this.comparison = Comparison.of(picture);
    this.drawnMark = null;
    picture.choose(this.choices);
    // A moment looked back to may not be in another picture.
    if (picture.columnShown === null) picture.choose(this.choices = { ...this.choices, at: null });
    this.comparison?.choose(this.choices);
    this.axes.set(header.bars);
    this.candles.setData(barsOf(picture));
    this.panel.show(picture);
    this.redraw();
    this.lookAgain();
    this.plot.setAttribute('aria-label', header.label);
    this.say('');
    remember(this.choices, this.view);
    Object.assign(this.root.dataset, { build: this.build, columns: header.shape.columns, rows: header.shape.rows });
    requestAnimationFrame(() => requestAnimationFrame(() => { this.root.dataset.ready = 'true'; }));
  }

  /** Prices of the axis with their distance from the mark price. */
  priceFormat({ mark, header: { price: { decimals, step } } }) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    const text = value => `${value.toLocaleString('en-US', digits)}  ${distance(value, mark)}`;
    return { type: 'custom', minMove: step, formatter: text, tickmarksFormatter: values => values.map(text) };
  }

  choose(choices) {
    const spanChanged = choices.span !== this.choices.span;
    this.choices = choices;
    if (this.pinned) this.pin();
    if (spanChanged) {
      this.view = this.view && { ...this.view, prices: null };
      this.axes.prices = null;
    }
    this.picture.choose(choices);
    this.comparison?.choose(choices);
    this.redraw();
    this.rememberSoon();
  }

  redraw() {
    if (this.drawnMark !== this.picture.mark) {
      this.drawnMark = this.picture.mark;
      this.candles.applyOptions({ priceFormat: this.priceFormat(this.picture) });
      this.markLine.applyOptions({ price: this.drawnMark });
    }
    this.controls.show(this.picture.header, this.choices);
    const cells = this.comparison?.cells ?? this.picture;
    this.bars.show(this.picture);
    this.layers.show(this.shown, cells);
    const after = this.layers.came ? linesOfAfter(this.layers.came) : [];
    this.controls.label(this.picture.palette(this.choices), cells.colours, cells.names, after);
    this.own.show(this.picture, this.panel.positions);
  }

  /** The picture whose book is shown: with two models the one that is chosen. */
  get shown() {
    return this.comparison?.picture ?? this.picture;
  }

  /** Save the picture; one's own positions are for nobody else. */
  save() {
    const { header, choices } = this.comparison?.picture ?? this.picture;
    const words = wordsOf(header, choices.at);
    this.own.show(this.picture, []);
    save(framed(this.chart.takeScreenshot(true), words, getComputedStyle(this.root).fontFamily), words.file);
    this.own.show(this.picture, this.panel.positions);
  }

  fit() {
    this.view = null;
    this.lookAgain();
    this.rememberSoon();
  }

  /** Look at what was chosen, or at everything. */
  lookAgain() {
    if (!this.picture || !this.axes.width) return;
    this.byHandAt = null;
    const { from, seconds, count } = this.picture.header.bars;
    const to = from + seconds * count;
    // What was looked at may be over, where a build starts later.
    if (this.view && (this.view.to <= from || this.view.from >= to)) this.view = null;
    // A little room keeps the newest column clear of the newest book.
    this.axes.times = this.view ?? { from, to: to + 0.01 * (to - from) };
    this.axes.prices = this.view?.prices ?? null;
    this.root.dataset.view = this.view ? textOf(this.view) : '';
  }

  /** Keep what the reader has moved to. */
  looked() {
    if (!this.picture || this.byHandAt === null || performance.now() - this.byHandAt > BY_HAND_WITHIN) return;
    const { times, prices } = this.axes;
    if (!times) return;
    this.view = { ...times, prices };
    this.root.dataset.view = textOf(this.view);
    this.rememberSoon();
  }

  rememberSoon() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.write(), WRITE_AFTER);
  }

  write() {
    if (this.picture && location.pathname === this.pathname) remember(this.choices, this.view);
  }

  listen() {
    const { signal } = this.leaving;
    const byHand = () => { this.byHandAt = performance.now(); };
    const on = (target, type, listener, options) => target.addEventListener(type, listener, { ...options, signal });
    // The wheel turns the page, unless the reader is in the picture: a click goes in, Escape goes out, Ctrl is for once.
    on(this.plot, 'wheel', event => {
      if (event.ctrlKey || this.plot.matches(':focus-within')) byHand();
      else event.stopPropagation();
    }, { capture: true, passive: true });
    on(this.plot, 'pointerdown', () => { this.plot.focus({ preventScroll: true }); byHand(); }, { capture: true });
    on(this.plot, 'pointermove', event => event.buttons && byHand(), { capture: true, passive: true });
    on(this.plot, 'touchmove', byHand, { capture: true, passive: true });
    // A dragged price axis moves no time, so it is looked at when the hand is lifted.
    for (const type of ['pointerup', 'touchend', 'dblclick']) {
      on(window, type, () => this.plot.matches(':focus-within') && requestAnimationFrame(() => this.looked()));
    }
    on(this.plot, 'keydown', event => this.key(event, byHand));
    on(this.box, 'keydown', event => event.key === 'Escape' && this.leaveLabel());
    // The page has keys of its own, such as c for its cache.
    on(this.root, 'keydown', event => event.ctrlKey || event.metaKey || event.stopPropagation());
    on(window, 'storage', () => this.picture && this.own.show(this.picture, this.panel.show(this.picture)));
    // Streamlit writes back an older address when it writes its own part of it.
    if (window.navigation) on(window.navigation, 'currententrychange', () => this.write());
  }

  key(event, byHand) {
    if (event.key === 'Escape') {
      if (this.pinned) this.pin();
      return this.plot.blur();
    }
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (direction && this.picture) {
      event.preventDefault();
      return this.pinWall(direction);
    }
    const times = this.axes.times;
    const length = times && times.to - times.from;
    const moved = {
      ArrowLeft: () => [times.from - length / 10, times.to - length / 10],
      ArrowRight: () => [times.from + length / 10, times.to + length / 10],
      '+': () => [times.from + length / 8, times.to - length / 8],
      '-': () => [times.from - length / 6, times.to + length / 6],
    }[event.key];
    if (!times || !moved || event.ctrlKey || event.metaKey) return undefined;
    event.preventDefault();
    byHand();
    const [from, to] = moved();
    this.axes.times = { from, to };
    return undefined;
  }

  hover({ point, paneIndex }) {
    const { width } = this.axes;
    if (!point || paneIndex || !this.picture) return this.label(null);
    const inBook = point.x > width - this.axes.strip;
    const bin = inBook && this.layers.lines?.[Math.floor(point.y)];
    if (inBook && !bin) return this.label(null);
    if (bin) return this.labelBin(bin, point);
    const price = this.axes.price(point.y);
    const time = this.axes.time(point.x);
    const lines = linesOfCell(this.shown, time, price);
    return this.label(lines && [...lines, ...(this.comparison?.linesOfCell(time, price) ?? [])], point, this.placeOf(price));
  }

  leaveLabel() {
    this.pin();
    this.plot.focus({ preventScroll: true });
  }

  labelBin(bin, point) {
    const lines = [...linesOfBin(this.shown, this.layers.bins, bin), ...(this.comparison?.linesOfBin(bin) ?? [])];
    this.label(lines, point, { price: middleOf(bin), side: bin.side });
  }

  placeOf(price) {
    return { price, side: price < this.picture.mark ? 'longs' : 'shorts' };
  }

  get size() {
    return { width: this.axes.width, height: this.plot.clientHeight };
  }

  label(lines, point, place) {
    this.place = lines && place;
    showBox(this.box, lines, point, this.size);
  }

  /** Keep the label where it is, until the next click or Escape. */
  pin(event) {
    if (this.pinned) {
      this.pinned = false;
      release(this.box);
      if (event) this.hover(event);
      else this.box.hidden = true;
      return;
    }
    // A finger has no pointer that would have shown the label before.
    if (event && this.box.hidden) this.hover(event);
    if (!this.box.hidden) {
      this.pinned = true;
      keep(this.box, this.shown, this.place, () => fitBox(this.box, this.size), () => this.leaveLabel());
    }
  }

  /** Keep the label of the next wall above (1) or below (-1) the label kept, or the mark price. */
  pinWall(direction) {
    const { axes, layers, picture } = this;
    const from = this.pinned ? this.place.price : picture.mark;
    const beyond = bin => direction * (middleOf(bin) - from) > 0;
    const inSight = layers.bins.filter(bin => axes.y(bin.high) > 0 && axes.y(bin.low) < this.plot.clientHeight);
    const [wall] = wallsOf(inSight).filter(beyond).sort((one, other) => direction * (one.low - other.low));
    if (!wall) return;
    if (this.pinned) this.pin();
    this.labelBin(wall, { x: axes.width - axes.strip, y: axes.y(middleOf(wall)) });
    this.pin();
  }

  say(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  remove() {
    this.leaving.abort();
    clearTimeout(this.writing);
    this.chart.remove();
  }
}

/** A bar for every stretch of time; one without prices where there are none. */
function barsOf({ header, arrays }) {
  const { from, seconds, count } = header.bars;
  return Array.from({ length: count }, (_, bar) => {
    const place = { time: from + bar * seconds };
    if (Number.isNaN(arrays.open[bar])) return place;
    return { ...place, open: arrays.open[bar], high: arrays.high[bar], low: arrays.low[bar], close: arrays.close[bar] };
  });
}
