// Joins the days that a site keeps as files to one picture, the same as the server would pack of that time.
//
// Rows of a day begin at a multiple of their width, so days with rows of the same width lie on each other as they are. Of
// others several rows become one. Codes of all days lie on the same steps (cells.py), so that they are only shifted.

const CODES = 4095;
const SHORT = CODES + 1;
// Steps of a code per power of ten: as in cells.py.
const STEPS = (CODES - 1) / 6;
// How values of several short bars become one of a longer: all that are not named here are added up.
const first = values => values.find(value => !Number.isNaN(value)) ?? NaN;
const last = values => values.findLast(value => !Number.isNaN(value)) ?? NaN;
const fold = choose => values => values.reduce((one, other) => (Number.isNaN(one) ? other : Number.isNaN(other) ? one : choose(one, other)));
const added = fold((one, other) => one + other);
const OF_BARS = {
  open: first, high: fold(Math.max), low: fold(Math.min), close: last,
  bar_open_interest: last, bar_funding: last,
};

/**
 * One picture of several days and the newest book.
 *
 * @param days unpacked blobs, the earliest first, with their codes added up along time.
 * @param newest the unpacked newest book.
 * @param time start (`from`, seconds) and number (`columns`) of columns of so many `minutes`, and the `barMinutes` of a bar.
 * @param limits how many `rows` there may be, and which part of the traded prices is shown `beyond` them.
 * @returns header and arrays, as `unpack` gives those of a picture with codes added up; null where no day has a price.
 */
export function join(days, newest, time, limits) {
  const { groups } = newest.header;
  const bars = { from: time.from, seconds: 60 * time.barMinutes, count: Math.ceil((time.columns * time.minutes) / time.barMinutes) };
  const ofBars = joinedBars(days, bars);
  const traded = [fold(Math.min)([...ofBars.low]), fold(Math.max)([...ofBars.high])];
  if (traded.some(Number.isNaN)) return null;
  const price = rowsOf(traded, days, limits);
  const shape = { rows: price.rows, columns: time.columns };
  const { codes, scale } = joinedCodes(days, groups, time, price, shape);
  return {
    header: {
      ...newest.header,
      shape, bars, scale,
      time: { from: time.from, minutes: time.minutes },
      price: {
        from: price.from, step: price.step, decimals: Math.max(0, Math.ceil(-Math.log10(price.step) - 1e-9)),
        tradedLow: traded[0], tradedHigh: traded[1],
      },
    },
    arrays: {
      ...inSight(newest.arrays, price),
      ...ofBars,
      ...joinedRealised(days, bars, ofBars),
      codes,
      mark: marksOf(ofBars, bars, time),
    },
  };
}

/** Rows for a range of prices, as make_grid chooses them, each of whole rows of every day. */
function rowsOf([tradedLow, tradedHigh], days, { rows, beyond }) {
  const [low, high] = [tradedLow * (1 - beyond), tradedHigh * (1 + beyond)];
  const holdsRows = step => days.every(({ header: { price } }) =>
    Math.abs(Math.round(step / price.step) - step / price.step) < 1e-6 && step >= 0.999 * price.step);
  for (let power = -13; ; power++) {
    for (const digit of [1, 2, 5]) {
      const step = Number(`${digit}e${power}`);
      if ((high - low) / step > rows || !holdsRows(step)) continue;
      const from = Math.floor(low / step + 1e-9) * step;
      return { step, from, rows: Math.max(1, Math.ceil((high - from) / step - 1e-9)) };
    }
  }
}

function joinedCodes(days, groups, time, price, shape) {
  const codes = new Uint16Array(groups.length * shape.rows * shape.columns);
  const factors = days.map(({ header }) => Math.round(price.step / header.price.step));
  // The last step of the largest amount; of rows that become one, the sum may be larger than each.
  const lastOf = ({ header: { scale } }, number) => Math.round(Math.log10(scale.high) * STEPS) + Math.ceil(Math.log10(factors[number]) * STEPS);
  const highest = Math.max(...days.map(lastOf));
  days.forEach((day, number) => {
    const columns = columnsOf(day.header, time);
    const lowest = Math.round(day.header.price.from / day.header.price.step);
    const place = row => Math.floor((lowest + row) / factors[number]) - Math.round(price.from / price.step);
    groups.forEach((group, at) => {
      const source = day.header.groups.indexOf(group);
      if (source < 0) return;
      const layer = { codes, shape, columns, place, highest, group: at, source, factor: factors[number] };
      if (factors[number] === 1) shift(day, layer);
      else addUp(day, layer);
    });
  });
  return { codes, scale: { low: 10 ** (highest / STEPS - 6), high: 10 ** (highest / STEPS) } };
}

/** Pairs of a column of the picture and of the day, where they begin at the same time. */
function columnsOf({ shape, time: { from, minutes } }, time) {
  const pairs = [];
  for (let column = 0; column < time.columns; column++) {
    const ofDay = (time.from + 60 * column * time.minutes - from) / (60 * minutes);
    if (Number.isInteger(ofDay) && ofDay >= 0 && ofDay < shape.columns) pairs.push([column, ofDay]);
  }
  return pairs;
}

function shift({ header, arrays }, { codes, shape, columns, place, highest, group, source }) {
  const by = Math.round(Math.log10(header.scale.high) * STEPS) - highest;
  for (let row = 0; row < header.shape.rows; row++) {
    const to = place(row);
    if (to < 0 || to >= shape.rows) continue;
    const [readFrom, writeFrom] = [(source * header.shape.rows + row) * header.shape.columns, (group * shape.rows + to) * shape.columns];
    for (const [column, ofDay] of columns) {
      const code = arrays.codes[readFrom + ofDay];
      if (code) codes[writeFrom + column] = Math.max(1, (code & CODES) + by) + (code & SHORT);
    }
  }
}

/** The same where several rows of a day become one: amounts are added up, as the larger side. */
function addUp({ header, arrays }, { codes, shape, columns, place, highest, group, source }) {
  const own = Math.round(Math.log10(header.scale.high) * STEPS);
  const [held, balance] = [new Float64Array(shape.rows * columns.length), new Float64Array(shape.rows * columns.length)];
  for (let row = 0; row < header.shape.rows; row++) {
    const to = place(row);
    if (to < 0 || to >= shape.rows) continue;
    const readFrom = (source * header.shape.rows + row) * header.shape.columns;
    columns.forEach(([, ofDay], at) => {
      const code = arrays.codes[readFrom + ofDay];
      if (!code) return;
      const amount = 10 ** (((code & CODES) - CODES + own) / STEPS);
      held[to * columns.length + at] += amount;
      balance[to * columns.length + at] += code & SHORT ? amount : -amount;
    });
  }
  for (let row = 0; row < shape.rows; row++) {
    columns.forEach(([column], at) => {
      const amount = held[row * columns.length + at];
      if (!amount) return;
      const code = Math.round(Math.log10(amount) * STEPS) - highest + CODES;
      const isShort = balance[row * columns.length + at] >= 0;
      codes[(group * shape.rows + row) * shape.columns + column] = Math.min(CODES, Math.max(1, code)) + (isShort ? SHORT : 0);
    });
  }
}

/** Every array that has a value for each bar, with the values of a longer bar's shorter ones made one. */
function joinedBars(days, bars) {
  const joined = {};
  for (const name of ['open', 'high', 'low', 'close', ...Object.keys(days[0].arrays).filter(each => each.startsWith('bar_'))]) {
    const values = Array.from({ length: bars.count }, () => [NaN]);
    for (const { header, arrays } of days) {
      arrays[name].forEach((value, bar) => {
        const at = Math.floor((header.bars.from + bar * header.bars.seconds - bars.from) / bars.seconds);
        values[at]?.push(value);
      });
    }
    joined[name] = Float64Array.from(values, OF_BARS[name] ?? added);
  }
  return joined;
}

/** The mark price at the start of each column: the last close before it, and of the first bar its open. */
function marksOf({ open, close }, bars, time) {
  let known = NaN;
  let bar = 0;
  return Float64Array.from({ length: time.columns }, (_, column) => {
    const start = time.from + 60 * column * time.minutes;
    for (; bar < bars.count && bars.from + bar * bars.seconds < start; bar++) if (!Number.isNaN(close[bar])) known = close[bar];
    return Number.isNaN(known) && bars.from + bar * bars.seconds === start ? open[bar] ?? NaN : known;
  });
}

/**
 * What was liquidated, per bar and side, longs at the low of the bar and shorts at its high; of totals of hours each as it
 * is, and only where no day has more.
 */
function joinedRealised(days, bars, { low, high }) {
  const rows = new Map();
  const areBars = days.some(({ header, arrays }) => header.realisedIn === 'bars' && arrays.realised_time.length);
  for (const { header, arrays } of days) {
    if (areBars && header.realisedIn !== 'bars') continue;
    arrays.realised_time.forEach((at, number) => {
      const bar = Math.floor((at - bars.from) / bars.seconds);
      if (bar < 0 || bar >= bars.count) return;
      const [short, amount] = [arrays.realised_short[number], arrays.realised_amount[number]];
      const time = areBars ? bars.from + bar * bars.seconds : at;
      const price = areBars ? (short ? high : low)[bar] : arrays.realised_price[number];
      const known = rows.get(`${time} ${short}`)?.amount ?? 0;
      rows.set(`${time} ${short}`, { time, short, price, amount: known + amount });
    });
  }
  const all = [...rows.values()].sort((one, other) => one.time - other.time || one.short - other.short);
  return {
    realised_time: Int32Array.from(all, row => row.time),
    realised_short: Uint8Array.from(all, row => row.short),
    realised_price: Float64Array.from(all, row => row.price),
    realised_amount: Float64Array.from(all, row => row.amount),
  };
}

/** The newest book between the prices of the picture; zones as they are. */
function inSight(arrays, { from, step, rows }) {
  const to = from + rows * step;
  const isIn = (_, at) => arrays.profile_low[at] >= from && arrays.profile_high[at] <= to;
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) =>
    [name, name.startsWith('profile_') ? values.filter(isIn) : values]));
}
