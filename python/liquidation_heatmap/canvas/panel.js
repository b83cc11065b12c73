// The panel in which one's own positions are entered, changed and deleted.

import { element } from './element.js';
import { fateOf, keepAll, kept, nameOf, positionOf, SIDES, UNITS } from './own.js';

const options = names => names.map(name => element('option', { value: name, textContent: name }));

/** Draws the panel and calls `changed(positions)` when there are others. */
export class Panel {
  constructor(place, changed) {
    this.changed = changed;
    this.positions = [];
    this.isKept = true;
    this.summary = element('summary');
    this.list = element('ul');
    this.problem = element('p', { className: 'problem', role: 'alert' });
    this.drawForm();
    place.replaceChildren(element('details', {},
      this.summary,
      element('p', { textContent: 'Isolated margin. They stay in this browser: nothing of them is sent or put into the address.' }),
      this.list, this.form, this.problem));
  }

  drawForm() {
    const field = (name, label, example) => {
      this[name] = element('input', { type: 'text', inputMode: 'decimal', autocomplete: 'off', placeholder: example, size: 9 });
      return element('label', {}, label, this[name]);
    };
    this.side = element('select', { ariaLabel: 'Position' }, ...options(SIDES));
    this.unit = element('select', { ariaLabel: 'Size in' }, ...options(UNITS));
    this.add = element('button', { type: 'submit' });
    this.cancel = element('button', { type: 'button', textContent: 'Cancel', onclick: () => this.edit(null) });
    this.form = element('form', { noValidate: true, ariaLabel: 'A position' },
      element('label', {}, 'Position', this.side),
      field('entry', 'Entry price', '65000'), field('leverage', 'Leverage', '20'), field('size', 'Size', '10000'),
      this.unit, this.add, this.cancel);
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.take();
    });
    this.edit(null);
  }

  /** Show what is kept for the market of a picture, as of its mark price. */
  show(picture) {
    const market = `${picture.header.venue}/${picture.header.symbol}`;
    const before = JSON.stringify([this.market, this.positions]);
    // What the browser does not keep is known here only.
    if (market !== this.market || this.isKept) this.positions = kept(market);
    if (market !== this.market) this.isKept = true;
    this.market = market;
    if (JSON.stringify([market, this.positions]) !== before) this.edit(null);
    this.picture = picture;
    this.drawList();
    return this.positions;
  }

  drawList() {
    const count = this.positions.length;
    this.summary.textContent = count ? `My positions (${count})` : 'My positions';
    this.list.replaceChildren(...this.positions.map((position, number) => {
      const name = nameOf(position);
      const button = (textContent, onclick) => element('button', { type: 'button', textContent, onclick, ariaLabel: `${textContent}: ${name}` });
      return element('li', {},
        element('span', { textContent: `${name}: ${fateOf(position, this.picture).words}` }),
        button('Edit', () => this.edit(number)),
        button('Delete', () => this.remove(number)));
    }));
  }

  /** Fill the form with a position to be changed, or with nothing for a new one. */
  edit(number) {
    this.edited = number;
    const { side = 'long', unit = 'USDT', entry = '', leverage = '', size = '' } = this.positions[number] ?? {};
    Object.entries({ side, unit, entry, leverage, size }).forEach(([name, value]) => { this[name].value = value; });
    this.add.textContent = number === null ? 'Add' : 'Save';
    this.cancel.hidden = number === null;
    this.problem.textContent = '';
    if (number !== null) this.entry.focus();
  }

  take() {
    const written = Object.fromEntries(['side', 'entry', 'leverage', 'size', 'unit'].map(name => [name, this[name].value]));
    const { position, wrong } = positionOf(written);
    if (wrong) {
      this.problem.textContent = wrong;
      return;
    }
    const positions = this.edited === null
      ? [...this.positions, position]
      : this.positions.map((each, number) => (number === this.edited ? position : each));
    this.keep(positions);
    this.entry.focus();
  }

  remove(number) {
    this.keep(this.positions.filter((_, other) => other !== number));
    this.summary.focus();
  }

  keep(positions) {
    this.positions = positions;
    this.isKept = keepAll(this.market, positions);
    this.edit(null);
    this.drawList();
    if (!this.isKept) this.problem.textContent = 'This browser keeps nothing: they are gone when the page is closed.';
    this.changed(positions);
  }
}
