// What a reader has chosen of the picture, and the part of it that is looked at: kept in the page's address, and over
// page switches in this module, which stays loaded.

/**
 * The choices with what they are where nobody chose. `leverage` lists the groups shown; null is all of them. `at` is the
 * time looked back to, seconds; null is now.
 */
export const USUAL = {
  threshold: 0,
  colours: null,
  side: 'both',
  leverage: null,
  span: '10 %',
  zones: false,
  realised: true,
  below: 'liquidations',
  comparison: 'difference',
  at: null,
};
const NAMES = [...Object.keys(USUAL), 'view'];
let kept = null;

/** The choices and the view of the address, or, where it has none, of the last time the picture was shown. */
export function recall() {
  const asked = new URLSearchParams(location.search);
  if (kept && !NAMES.some(name => asked.has(name))) return kept;
  const choices = { ...USUAL };
  for (const name of ['threshold', 'at']) if (asked.has(name)) choices[name] = Number(asked.get(name)) || USUAL[name];
  for (const name of ['colours', 'side', 'span', 'below', 'comparison']) if (asked.has(name)) choices[name] = asked.get(name);
  for (const name of ['zones', 'realised']) if (asked.has(name)) choices[name] = asked.get(name) === 'true';
  if (asked.has('leverage')) choices.leverage = asked.getAll('leverage');
  kept = { choices, view: viewOf(asked.get('view')) };
  return kept;
}

/** Write choices and view into the address, without an entry in the browser's history. */
export function remember(choices, view) {
  kept = { choices, view };
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  for (const [name, usual] of Object.entries(USUAL)) {
    if (choices[name] !== usual) for (const value of [choices[name]].flat()) url.searchParams.append(name, value);
  }
  if (view) url.searchParams.set('view', textOf(view));
  if (url.href !== location.href) history.replaceState(history.state, '', url);
}

/** A view is a stretch of time (seconds UTC) and, where prices were chosen too, a range of prices. */
export function textOf(view) {
  const times = [view.from, view.to].map(Math.round);
  return [...times, ...(view.prices ?? []).map(price => Number(price.toPrecision(8)))].join('_');
}

/** The view of an address; null where there is none or it is not one. */
export function viewOf(text) {
  const numbers = (text ?? '').split('_').map(Number);
  const [from, to, low, high] = numbers;
  if (![2, 4].includes(numbers.length) || !numbers.every(Number.isFinite) || from >= to) return null;
  return { from, to, prices: low < high ? [low, high] : null };
}
