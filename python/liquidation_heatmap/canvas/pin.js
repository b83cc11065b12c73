// A label that is kept: it leads to the margin calculator and says how an alert is set.

import { element } from './element.js';
import { price as priceText } from './words.js';
import { zoneAt } from './zones.js';

/**
 * Add to a label what can be done at its place, and let keys reach it.
 *
 * @param place the `price` it is of and the `side` liquidated there.
 * @param grown called when it has become taller; `closed` when it is to be kept no longer.
 */
export function keep(box, picture, place, grown, closed) {
  const { calculator, alerts } = picture.header;
  box.classList.add('pinned');
  box.setAttribute('role', 'region');
  box.setAttribute('aria-live', 'polite');
  box.ariaLabel = `Kept label, ${priceText(place.price)}`;
  box.tabIndex = -1;
  const tools = element('p', { className: 'tools' });
  const said = element('div', { className: 'said', hidden: true });
  if (calculator) tools.append(calculatorLink(picture.header, place));
  if (alerts) tools.append(alertButton(picture, place, said, grown));
  tools.append(element('button', { type: 'button', textContent: 'Close', onclick: closed }));
  box.append(tools, said);
  grown();
}

/** Take it away again. */
export function release(box) {
  box.classList.remove('pinned');
  for (const name of ['role', 'aria-live', 'aria-label', 'tabindex']) box.removeAttribute(name);
  box.querySelectorAll('.tools, .said').forEach(each => each.remove());
}

/** Leads to the page Margin calculator with an entry at this price; in another tab, so that the picture stays. */
function calculatorLink({ calculator, symbol }, { price, side }) {
  const url = new URL(calculator, document.baseURI);
  url.searchParams.set('margin_side', side.slice(0, -1));
  url.searchParams.set(`position_entry_${symbol}`, Number(price.toPrecision(8)));
  return element('a', {
    href: url.href, target: '_blank', rel: 'noopener', textContent: 'Calculator',
    ariaLabel: `Margin calculator of ${side} entered at ${priceText(price)}`,
  });
}

function alertButton(picture, { price }, said, grown) {
  const button = element('button', { type: 'button', textContent: 'Alert', ariaExpanded: 'false' });
  button.addEventListener('click', () => {
    said.hidden = !said.hidden;
    button.ariaExpanded = String(!said.hidden);
    grown();
  });
  const { text, copied } = howToBeTold(picture, price);
  said.append(element('span', { textContent: text }));
  if (copied) said.append(copyable(copied));
  return button;
}

/** How one is told that the price comes near: in words, and the line to copy, if any does it. */
export function howToBeTold(picture, price) {
  const { model, alerts: { command, withinPct, leastShare, followed } } = picture.header;
  const percent = share => `${Number((100 * share).toPrecision(3))} %`;
  const zone = zoneAt(picture, price);
  if (!zone) return { text: 'Alerts are raised of zones, and no zone is here.', copied: null };
  const share = percent(zone.share);
  if (zone.share >= leastShare) {
    const text = `Tells when the price is within ${withinPct} % of this zone (${share} of its side):`;
    // Zones that another model does not have are told to be over.
    const onlyOne = model === followed ? '' : `A target is told of one model's zones, so far of ${followed}. `;
    return { text: onlyOne + text, copied: command };
  }
  // Cut, so that the zone is not smaller than the limit.
  const limit = Math.floor(1000 * zone.share) / 1000;
  const text = `Alerts are raised of zones with ${percent(leastShare)} of their side, and this one has ${share}.`;
  if (!limit) return { text, copied: null };
  return { text: `${text} This line in dbt_project.yml and a build lower that, for every symbol:`, copied: `alert_zone_share: ${limit}` };
}

function copyable(text) {
  const field = element('textarea', { rows: 3, readOnly: true, value: text, ariaLabel: 'To copy' });
  field.addEventListener('focus', () => field.select());
  const button = element('button', { type: 'button', textContent: 'Copy' });
  button.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      // Without permission, or over http: the text is selected, and Ctrl+C copies it.
      button.textContent = 'Press Ctrl+C';
    }
  });
  return element('div', { className: 'copied' }, field, button);
}
