import { spellOutUnseen } from '../visible-text.ts';

/** HTML in which every value is escaped, and what is unseen in it spelled out, unless it is HTML itself. A template engine would be a dependency for what these lines do. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | false | readonly Value[];

/** Values stand in text or within quoted attributes; nothing and `false` leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((text, part, index) => text + htmlOf(values[index - 1]) + part));
}

function htmlOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(htmlOf).join('');
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return spellOutUnseen(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
