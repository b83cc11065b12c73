// The reader's own positions: kept in this browser and sent nowhere, and what becomes of each.

import { bracketsOf, grantedLeverage, liquidationPrice } from './margin.js';
import { reachedAt } from './risk.js';
import { distance, money, price as priceText } from './words.js';

const KEY = 'liquidation-heatmap positions';
const SMALLEST = 1e-9;
const LARGEST = 1e15;
export const SIDES = ['long', 'short'];
export const UNITS = ['USDT', 'coins'];

/**
 * A position of what somebody wrote, or what is wrong with it, in words.
 *
 * @param written side, entry, leverage, size and unit, as texts or numbers.
 * @returns `{ position }` or `{ wrong }`.
 */
export function positionOf({ side, entry, leverage, size, unit }) {
  const position = { side, entry: numberOf(entry), leverage: numberOf(leverage), size: numberOf(size), unit };
  const isIn = (value, least) => value >= least && value <= LARGEST;
  const digits = 'written in digits, with a point before decimals and no commas';
  const wrong = [
    [!SIDES.includes(side), 'A position is long or short.'],
    [!UNITS.includes(unit), 'A size is in USDT or coins.'],
    [!isIn(position.entry, SMALLEST), `The entry price must be a number above 0, ${digits}.`],
    [!isIn(position.leverage, 1), `The leverage must be a number of 1 or more, ${digits}.`],
    [!isIn(position.size, SMALLEST), `The size must be a number above 0, ${digits}.`],
  ].find(([isWrong]) => isWrong);
  return wrong ? { wrong: wrong[1] } : { position };
}

const numberOf = written => (String(written ?? '').trim() === '' ? NaN : Number(written));

/** The positions of a market that this browser keeps. */
export function kept(market) {
  const found = everything()[market];
  return (Array.isArray(found) ? found : []).map(each => positionOf(each ?? {}).position).filter(Boolean);
}

/** Keep these positions of a market. @returns whether the browser does. */
export function keepAll(market, positions) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...everything(), [market]: positions }));
    return true;
  } catch {
    return false;
  }
}

function everything() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // Not allowed by the browser, or written by something else.
    return {};
  }
}

/**
 * What becomes of a position: its liquidation `price`, null where there is none, and in `words`.
 *
 * `amount` is what is liquidated between the mark price and it, of all leverages; null where that is not known.
 */
export function fateOf({ side, entry, leverage, size, unit }, picture) {
  const { mark, symbol } = picture.header;
  const brackets = bracketsOf(picture);
  const coins = unit === 'coins' ? size : size / entry;
  const notional = unit === 'coins' ? size * entry : size;
  const without = words => ({ price: null, amount: null, words });
  if (!brackets.length) return without(`no margin brackets of ${symbol} are known`);
  const granted = grantedLeverage(notional, brackets);
  if (granted === null) {
    const largest = Math.max(...brackets.map(bracket => bracket.most));
    return without(`cannot be opened: the exchange allows no more than ${money(largest)} USDT, and this is ${money(notional)}`);
  }
  if (leverage > granted) {
    return without(`cannot be opened: the exchange grants ${money(notional)} USDT at most ${granted}x, not ${leverage}x`);
  }
  const price = liquidationPrice({ side, entry, leverage, coins }, brackets);
  if (price <= SMALLEST) return without('is never liquidated');
  const at = `${priceText(price)}, ${distance(price, mark)}`;
  if (side === 'long' ? mark <= price : mark >= price) {
    return { price, amount: null, words: `liquidated already at ${at}: the mark price is ${priceText(mark)}` };
  }
  const reached = reachedAt(picture, price);
  if (!reached) return { price, amount: null, words: `liquidated at ${at}` };
  const amount = `${money(reached.amount, 1)}${picture.header.unit === 'USDT' ? '' : ' %'}`;
  return { price, amount: reached.amount, words: `liquidated at ${at}; ${amount} of ${side}s lie before yours` };
}

/** A position by name: long from 65,000, 20x, 10.00 k USDT. */
export function nameOf({ side, entry, leverage, size, unit }) {
  return `${side} from ${priceText(entry)}, ${leverage}x, ${unit === 'coins' ? priceText(size) : money(size)} ${unit}`;
}
