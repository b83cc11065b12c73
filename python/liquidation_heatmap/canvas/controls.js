// The bar of choices that act in the browser alone.

import { densityAt, gradient } from './colours.js';
import { money } from './words.js';

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

/** Draws the bar, and calls `changed(choices)` with every choice; `fit()` shows the whole picture again. */
export class Controls {
  constructor(bar, { changed, fit }) {
    this.bar = bar;
    this.changed = changed;
    this.fit = fit;
    bar.setAttribute('role', 'group');
    bar.setAttribute('aria-label', 'Picture');
  }

  /** Draw the bar for a picture, unless it is drawn for one with the same choices already. */
  show(header, choices) {
    this.choices = choices;
    const drawnFor = JSON.stringify([header.groups, header.unit, header.spans, Object.keys(header.palettes)]);
    if (this.drawnFor !== drawnFor) {
      this.drawnFor = drawnFor;
      this.draw(header);
    }
  }

  draw({ groups, spans, palettes, unit }) {
    this.threshold = element('input', { type: 'range', min: 0, max: 0.95, step: 0.01, value: this.choices.threshold });
    this.threshold.addEventListener('input', () => this.choose({ threshold: Number(this.threshold.value) }));
    this.cut = element('output', { className: 'cut' });
    this.legend = element('span', { className: 'legend', title: `At risk per 1 % of price, ${unit}` });
    this.swatches = groups.map(() => element('i', { className: 'swatch' }));
    this.groups = groups.map(group => element('input', { type: 'checkbox', checked: this.showsGroup(group) }));
    for (const box of this.groups) box.addEventListener('change', () => this.chooseGroups(groups));
    this.bar.replaceChildren(
      element('label', { title: 'Cells weaker than this are not drawn' }, 'Hide below', this.threshold, this.cut),
      this.legend,
      this.selection('Side', 'side', ['both', 'longs', 'shorts']),
      element('span', { className: 'groups', role: 'group', ariaLabel: 'Leverage' },
        ...groups.map((group, number) => element('label', {}, this.groups[number], this.swatches[number], group))),
      this.selection('±', 'span', Object.keys(spans)),
      this.selection('Colours', 'colours', Object.keys(palettes)),
      this.toggle('Zones', 'zones'),
      this.toggle('Liquidated', 'realised'),
      this.toggle('Swept', 'bars'),
      element('button', { type: 'button', textContent: 'Fit', onclick: this.fit, title: 'Show all of the time' }),
    );
  }

  selection(text, name, options) {
    const list = element('select', {}, ...options.map(option => element('option', { value: option, textContent: option })));
    list.value = this.choices[name] ?? options[0];
    list.addEventListener('change', () => this.choose({ [name]: list.value }));
    return element('label', {}, text, list);
  }

  toggle(text, name) {
    const box = element('input', { type: 'checkbox', checked: this.choices[name] });
    box.addEventListener('change', () => this.choose({ [name]: box.checked }));
    return element('label', {}, box, text);
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

  /** Colours and amounts that follow from what is drawn. */
  label(palette, scale) {
    this.legend.style.background = gradient(palette.density);
    this.swatches.forEach((swatch, number) => { swatch.style.background = palette.leverage[number]; });
    const amount = place => money(densityAt(place, scale), 1);
    this.legend.dataset.low = '0';
    this.legend.dataset.middle = amount(0.5);
    this.legend.dataset.high = amount(1);
    this.cut.textContent = this.choices.threshold ? amount(this.choices.threshold) : 'nothing';
  }
}
