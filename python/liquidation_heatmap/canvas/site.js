// The page of a site without a server: chooses what is shown, fetches its files, and says how old they are.

import { unpack } from './blob.js';
import { sumAlongTime } from './cells.js';
import { Chart } from './chart.js';
import { join } from './join.js';
import { columnsOf, daysOf, rangeOf, startOf } from './moment.js';
import { Picture } from './picture.js';
import { money, price, time } from './words.js';

// A new build is looked for so often, and the age is written anew.
const LOOK_EVERY = 60_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CUSTOM = 'custom';

const $ = id => document.getElementById(id);
const now = () => Date.now() / 1000;

/** A file is not there: the index that named it is of an earlier build. */
class Gone extends Error {
  constructor() {
    super('A file of this picture is no longer here. Load the page again.');
  }
}

async function fetched(address, options) {
  const answer = await fetch(address, options);
  if (answer.status === 404) throw new Gone();
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

/** A moment: 28 Oct 2025 00:00. */
function date(seconds) {
  const moment = new Date(1000 * seconds);
  return `${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]} ${moment.getUTCFullYear()} ${time(seconds).slice(11)}`;
}

/** How long ago a moment was: 3 minutes ago, 14 hours ago, 211 days ago (as human.py says it). */
function age(seconds) {
  for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    const count = Math.floor((now() - seconds) / length);
    if (count >= 2 || (count === 1 && unit === 'minute')) return `${count.toLocaleString('en-US')} ${unit}${count > 1 ? 's' : ''} ago`;
  }
  return 'now';
}

class Site {
  constructor() {
    const root = document.querySelector('.canvas');
    root.chart = this.chart = new Chart(root);
    this.days = new Map();
    $('symbol').addEventListener('change', () => this.choose({ ...this.market($('symbol').value), model: this.chosen.model }));
    $('model').addEventListener('change', () => this.choose({ model: $('model').value }));
    $('range').addEventListener('change', () => this.choose({ range: $('range').value }));
    for (const id of ['first', 'last']) {
      $(id).addEventListener('change', () => $(id).value && this.choose({ days: [$('first').value, $('last').value] }));
    }
    setInterval(() => this.look(), LOOK_EVERY);
    document.addEventListener('visibilitychange', () => this.look());
  }

  async start() {
    await this.read();
    if (!this.index.markets.length) return this.chart.say('Nothing has been published here yet.');
    this.chosen = this.asked();
    if (!this.problem) return this.show();
    this.list();
    $(this.problem.what === 'venue' ? 'symbol' : this.problem.what).selectedIndex = -1;
    return this.chart.say(this.problem.said);
  }

  /** Look for a new build, and write the age anew. */
  async look() {
    if (document.hidden || !this.index) return;
    if (this.chosen) this.sayAge();
    const before = this.text;
    await this.read().catch(() => null);
    if (this.text === before) return;
    if (this.chosen && !this.problem) this.show();
    else this.start();
  }

  async read() {
    this.text = await (await fetched('index.json', { cache: 'no-cache' })).text();
    this.index = JSON.parse(this.text);
  }

  /** What the address asks for, and where it asks for nothing or for what there is not (`problem`), what is usual. */
  asked() {
    this.problem = null;
    const address = new URLSearchParams(location.search);
    const { markets, ranges, default: usual } = this.index;
    const known = (name, options, preferred) => {
      const value = address.get(name);
      if (options.includes(value)) return value;
      const named = `${options.slice(0, 12).join(', ')}${options.length > 12 ? ', ...' : ''}`;
      if (value !== null) this.problem ??= { what: name, said: `There is no ${name} ${value} here. There are ${named}.` };
      return options.includes(preferred) ? preferred : options[0];
    };
    const venue = known('venue', [...new Set(markets.map(market => market.venue))], usual.venue);
    const symbol = known('symbol', markets.filter(market => market.venue === venue).map(market => market.symbol), usual.symbol);
    const models = markets.find(market => market.venue === venue && market.symbol === symbol).models.map(({ model }) => model);
    const range = known('range', [...Object.keys(ranges), CUSTOM], usual.range);
    const days = address.getAll('days').filter(day => !Number.isNaN(startOf(day)));
    return { venue, symbol, model: known('model', models, usual.model), range, days };
  }

  market(key) {
    const { venue, symbol } = this.index.markets.find(market => `${market.venue} ${market.symbol}` === key);
    return { venue, symbol };
  }

  get shown() {
    const { venue, symbol } = this.chosen;
    return this.index.markets.find(market => market.venue === venue && market.symbol === symbol);
  }

  choose(change) {
    this.chosen = { ...this.chosen, ...change };
    this.problem = null;
    return this.show();
  }

  /** Show what is chosen; what was chosen before and comes later is dropped. */
  async show(isAgain = false) {
    const turn = this.turn = Symbol('turn');
    try {
      if (!this.shown) throw new Error(`${this.chosen.symbol} is no longer published here.`);
      const { models } = this.shown;
      const { listing } = models.find(({ model }) => model === this.chosen.model) ?? models[0];
      this.chosen.model = (models.find(({ model }) => model === this.chosen.model) ?? models[0]).model;
      const picture = await this.picture(listing, turn);
      if (this.turn === turn) await this.chart.showPicture(`${listing} ${this.address}`, () => picture);
    } catch (error) {
      if (this.turn !== turn) return undefined;
      // A new build has taken the place of the one that was being read.
      if (error instanceof Gone && !isAgain) return this.read().then(() => this.show(true));
      console.warn(error);
      this.chart.say(error instanceof TypeError ? 'A file of this picture cannot be fetched. Try again later.' : error.message);
    }
    return undefined;
  }

  async picture(place, turn) {
    const listing = await (await fetched(`data/${place}`)).json();
    const extent = { ...listing, asOf: this.shown.asOf };
    this.list();
    this.listDays(extent);
    this.write();
    const columns = columnsOf(rangeOf(this.chosen.range, this.chosen.days, this.index.ranges, extent), listing, this.index.picture);
    const files = daysOf(columns).map(day => listing.days[day]).filter(Boolean);
    this.forget(new Set(Object.values(listing.days)));
    let come = 0;
    const say = () => this.turn === turn && come < files.length && this.chart.say(`Fetching ${come} of ${files.length} days`);
    say();
    const counted = async file => {
      const day = await this.day(file);
      come++;
      say();
      return day;
    };
    const [newest, ...days] = await Promise.all([
      fetched(`data/${listing.newest}`).then(answer => answer.arrayBuffer()).then(unpack),
      ...files.map(counted),
    ]);
    const { rows, beyond } = this.index.picture;
    const joined = days.length ? join(days, newest, columns, { rows, beyond: beyond / 100 }) : null;
    if (!joined) throw new Error(`${this.chosen.symbol} has no bars in this time. Choose another.`);
    const { venue, symbol, model, range, days: chosenDays } = this.chosen;
    const header = {
      ...joined.header,
      scope: [`${venue}-${symbol}`, range, ...(range === CUSTOM ? chosenDays : [])].join('/'),
      label: [
        `Liquidation heatmap of ${symbol} from ${time(columns.from)} UTC on, model ${model}, as of ` +
          `${time(newest.header.asOf)} UTC. Mark price ${price(newest.header.mark)}.`,
        ...newest.header.walls,
      ].join(' '),
    };
    if (this.turn === turn) this.sayMarket(newest.header);
    return new Picture(header, joined.arrays);
  }

  /** A day, fetched and unpacked once. */
  day(file) {
    if (!this.days.has(file)) {
      const day = fetched(`data/${file}`).then(answer => answer.arrayBuffer()).then(unpack).then(unpacked => {
        sumAlongTime(unpacked.arrays.codes, unpacked.header.shape.columns);
        return unpacked;
      });
      day.catch(() => this.days.delete(file));
      this.days.set(file, day);
    }
    return this.days.get(file);
  }

  /** Days of what is no longer shown would fill the memory. */
  forget(kept) {
    for (const file of this.days.keys()) if (!kept.has(file)) this.days.delete(file);
  }

  /** Fill the lists with what there is, and with what is chosen. */
  list() {
    const { markets, ranges } = this.index;
    const hasVenues = new Set(markets.map(market => market.venue)).size > 1;
    const fill = (id, options, value) => {
      $(id).replaceChildren(...options.map(([key, text]) => new Option(text, key)));
      $(id).value = value;
    };
    fill('symbol', markets.map(({ venue, symbol }) => [`${venue} ${symbol}`, hasVenues ? `${symbol} (${venue})` : symbol]),
      `${this.chosen.venue} ${this.chosen.symbol}`);
    fill('model', this.shown.models.map(({ model }) => [model, model]), this.chosen.model);
    fill('range', [...Object.keys(ranges), CUSTOM].map(name => [name, name]), this.chosen.range);
    $('days').hidden = this.chosen.range !== CUSTOM;
    document.title = `${this.chosen.symbol}: liquidation heatmap`;
  }

  /** Days that can be chosen, and those that are. */
  listDays({ firstColumnAt, asOf }) {
    const [first, last] = [firstColumnAt, asOf - 1].map(at => time(at).slice(0, 10));
    const within = day => (day < first ? first : day > last ? last : day);
    const [from, to] = [...this.chosen.days].sort();
    const weekBefore = time(asOf - 7 * 86400).slice(0, 10);
    this.chosen.days = [within(from ?? weekBefore), within(to ?? from ?? last)];
    for (const [id, value] of [['first', this.chosen.days[0]], ['last', this.chosen.days[1]]]) {
      Object.assign($(id), { min: first, max: last, value });
    }
  }

  /** Keep what is chosen in the address, beside what the canvas keeps there. */
  write() {
    const url = new URL(location.href);
    const { days, ...chosen } = this.chosen;
    for (const [name, value] of Object.entries(chosen)) url.searchParams.set(name, value);
    url.searchParams.delete('days');
    if (this.chosen.range === CUSTOM) for (const day of days) url.searchParams.append('days', day);
    if (url.href !== location.href) history.replaceState(history.state, '', url);
    this.address = new URLSearchParams({ ...chosen, days }).toString();
  }

  sayMarket({ mark, unit, walls }) {
    const { openInterest, isSimulated, isTrading, failingChecks } = this.shown;
    $('said').textContent = [
      `${price(mark)} mark`,
      ...walls.map(wall => wall.replace(/\.$/, '')),
      openInterest === null ? `open interest not known: amounts are ${unit}` : `open interest ${money(openInterest)}`,
      ...(isTrading ? [] : ['not traded now']),
      ...(failingChecks.length ? [`checks that its data fail: ${failingChecks.join(', ')}`] : []),
    ].join(' · ');
    $('name').textContent = `${this.chosen.symbol}, ${this.chosen.model},`;
    $('simulated').hidden = !isSimulated;
    this.sayAge();
  }

  sayAge() {
    const { asOf, staleAt } = this.shown ?? {};
    if (!asOf) return;
    const isStale = staleAt !== null && now() >= staleAt;
    $('age').textContent = `as of ${date(asOf)} UTC, ${age(asOf)}${isStale ? ': stale, nothing newer is here' : ''}`;
    $('age').classList.toggle('stale', isStale);
  }
}

const site = new Site();
site.start().catch(error => {
  console.warn(error);
  site.chart.say('The index of this site cannot be read. Try again later.');
});
