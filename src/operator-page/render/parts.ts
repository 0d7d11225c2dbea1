/** Small pieces that several parts of the page are made of. */
import { type Html, html } from './html.ts';

const SECOND_MS = 1000;
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `4 min`, in the largest unit of which there are two, or one. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / SECOND_MS));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size * 2) ?? UNITS.at(-1)!;
  return `${Math.floor(seconds / size)} ${unit}`;
}

export function ago(rfc3339: string | undefined, now: string): Html | undefined {
  const at = Date.parse(rfc3339 ?? '');
  if (Number.isNaN(at)) return undefined;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${durationOf(Date.parse(now) - at)}</time>`;
}

/** As it stands in logs: `02:43:07`, with the day where it is another one. UTC. */
export function clock(milliseconds: number, now: string): Html {
  const iso = new Date(milliseconds).toISOString();
  const day = iso.slice(0, 10);
  return html`<time datetime="${iso}" title="${iso}">${day === now.slice(0, 10) ? '' : `${day.slice(5)} `}${iso.slice(11, 19)}</time>`;
}

export function count(number: number): string {
  return number.toLocaleString('en');
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** How full something is. @param label its name for who does not see it */
export function gauge(used: number, whole: number, label: string): Html {
  const share = whole > 0 ? Math.min(1, used / whole) : 1;
  return html`<meter min="0" max="1" low="0.7" high="0.9" optimum="0" value="${share.toFixed(3)}" aria-label="${label}"></meter>`;
}

/** What a screen reader says, and an eye does not need. */
export function unseen(text: string): Html {
  return html`<span class="unseen">${text}</span>`;
}

/** For what another has named: its direction of writing is its own. */
export function named(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
