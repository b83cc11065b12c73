// The bar of choices that act in the browser alone.

import { BELOW } from './bars.js';
import { GROUND, densityAt, gradient } from './colours.js';
import { COMPARISONS, LESS, MORE } from './compare.js';
import { element } from './element.js';
import { money, time } from './words.js';

/**
 * Draws the bar and the slider, and calls `changed(choices)` with every choice; `fit()` shows all of the time again,
 * `save()` the picture as a file.
 */
export class Controls {
  constructor(bar, past, { changed, fit, save }) {
    this.bar = bar;
    this.past = past;
    this.drawn = {};
    this.changed = changed;
    this.fit = fit;
    this.save = save;
    bar.setAttribute('role', 'group');
    bar.setAttribute('aria-label', 'Picture');
  }

  /** Draw bar and slider for a picture, unless they are drawn for one that offers the same already. */
  show(header, choices) {
    this.choices = choices;
    const { groups, unit, palettes, time: times, shape, model, compared } = header;
    this.once('bar', [groups, unit, Object.keys(palettes), compared && [model, compared.model]], () => this.draw(header));
    this.once('past', [times, shape], () => this.drawPast(header));
    this.moment.value = this.column(header);
  }

  once(what, drawnFor, draw) {
    const key = JSON.stringify(drawnFor);
    if (this.drawn[what] === key) return;
    this.drawn[what] = key;
    draw();
  }

  draw(header) {
    const { groups, spans, palettes, unit, model, compared } = header;
    this.threshold = element('input', { type: 'range', min: 0, max: 0.95, step: 0.01, value: this.choices.threshold });
    this.threshold.addEventListener('input', () => this.choose({ threshold: Number(this.threshold.value) }));
    this.cut = element('output', { className: 'cut' });
    this.legend = element('span', { className: 'legend' });
    this.most = element('span', { title: `In the strongest colour: ${unit} at risk per 1 % of price` });
    this.swatches = groups.map(() => element('i', { className: 'swatch' }));
    this.groups = groups.map(group => element('input', { type: 'checkbox', checked: this.showsGroup(group) }));
    for (const box of this.groups) box.addEventListener('change', () => this.chooseGroups(groups));
    this.bar.replaceChildren(
      element('label', { title: 'Cells weaker than this are not drawn' }, 'Hide below', this.threshold, this.cut),
      element('span', {}, this.legend, this.most),
      ...(compared ? [this.selection('Show', 'comparison', COMPARISONS, 'Of the two models', ['difference', model, compared.model])] : []),
      this.selection('Side', 'side', ['both', 'longs', 'shorts']),
      element('span', { className: 'groups', role: 'group', ariaLabel: 'Leverage' },
        ...groups.map((group, number) => element('label', {}, this.groups[number], this.swatches[number], group))),
      this.selection('±', 'span', Object.keys(spans), 'Prices beyond those traded'),
      this.selection('Colours', 'colours', Object.keys(palettes)),
      this.toggle('Zones', 'zones'),
      this.toggle('Liquidated', 'realised'),
      this.selection('Below', 'below', BELOW, 'Below the picture'),
      element('button', { type: 'button', textContent: 'Fit', onclick: this.fit, title: 'Show all of the time' }),
      element('button', {
        type: 'button', textContent: 'PNG', onclick: this.save, ariaLabel: 'Save the picture as PNG',
        title: 'Save the picture with its title, time and source, without own positions',
      }),
    );
  }

  /** The slider below the picture by which one looks back. */
  drawPast(header) {
    const { shape } = header;
    this.moment = element('input', { type: 'range', min: 0, max: shape.columns, step: 1 });
    this.moment.addEventListener('input', () => this.choose({ at: this.timeOf(header) }));
    this.said = element('output');
    this.past.replaceChildren(element('label', { title: 'Show the book as it was, with what came after it greyed' },
      'Book as of', this.moment, this.said));
  }

  /** A list of options; its label says more than its text, for those who hear it. */
  selection(text, name, options, label = text, texts = options) {
    const list = element('select', { ariaLabel: label },
      ...options.map((value, number) => element('option', { value, textContent: texts[number] })));
    list.value = this.choices[name] ?? options[0];
    list.addEventListener('change', () => this.choose({ [name]: list.value }));
    return element('label', {}, text, list);
  }

  toggle(text, name) {
    const box = element('input', { type: 'checkbox', checked: this.choices[name] });
    box.addEventListener('change', () => this.choose({ [name]: box.checked }));
    return element('label', {}, box, text);
  }

  /** The slider's place: the column looked back to, or behind the last one. */
  column({ shape, time: { from, minutes } }) {
    return this.choices.at === null ? shape.columns : Math.floor((this.choices.at - from) / (60 * minutes));
  }

  timeOf({ shape, time: { from, minutes } }) {
    const column = Number(this.moment.value);
    return column === shape.columns ? null : from + column * minutes * 60;
  }

  showsGroup(group) {
    return !this.choices.leverage || this.choices.leverage.includes(group);
  }

  chooseGroups(groups) {
    const shown = groups.filter((_, number) => this.groups[number].checked);
    this.choose({ leverage: shown.length === groups.length || !shown.length ? null : shown });
    if (!shown.length) for (const box of this.groups) box.checked = true;
  }

  choose(change) {
    this.choices = { ...this.choices, ...change };
    this.changed(this.choices);
  }

  /**
   * Colours and amounts that follow from what is drawn.
   *
   * @param names of the two models whose difference is drawn; undefined where amounts are.
   * @param after what came after the moment looked back to, in lines.
   */
  label(palette, scale, names, after) {
    this.legend.style.background = names
      ? `linear-gradient(to right, ${[...[...LESS].reverse(), GROUND, ...MORE].join(', ')})`
      : gradient(palette.density);
    this.legend.title = names ? `Left: denser in ${names.other}. Right: denser in ${names.one}.` : '';
    this.swatches.forEach((swatch, number) => { swatch.style.background = palette.leverage[number]; });
    const amount = place => money(densityAt(place, scale), 1);
    this.most.textContent = names
      ? `more in ${names.other} | ${names.one}, ${amount(1)} / 1 %`
      : `${amount(1)} / 1 %`;
    this.said.textContent = this.choices.at === null ? 'now' : `${time(this.choices.at)} UTC`;
    // The picture says what came after; this is for those who cannot see it.
    this.moment.ariaValueText = [this.said.textContent, ...after].join('; ');
    this.cut.textContent = this.choices.threshold ? amount(this.choices.threshold) : 'nothing';
  }
}
