/** The Go type audit.k8s.io/v1 Event (`event-fields.json`, made by `schema/audit`), and what an event has of it. */
import { readFileSync } from 'node:fs';

type Form = string | Form[] | { [name: string]: Form };

const EVENT = JSON.parse(readFileSync(new URL('./event-fields.json', import.meta.url), 'utf8')) as Form;
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** What a strict decoder of the Go type would complain about; empty for an event that it takes. */
export function problemsOfEvent(event: unknown): string[] {
  return problemsOf(event, EVENT, 'event');
}

/** Paths of all fields with the types of their values, sorted: `user.groups[]: string`. Annotations by their names. */
export function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => fieldsOf(item, `${path}[]`)))].sort();
  if (typeof value !== 'object' || value === null) {
    return [`${path}: ${typeof value === 'string' && MICRO_TIME.test(value) ? 'MicroTime' : typeof value}`];
  }
  const fields = Object.entries(value).flatMap(([name, item]) => fieldsOf(item, path === '' ? name : `${path}.${name}`));
  return (fields.length > 0 ? fields : [`${path}: object`]).sort();
}

function problemsOf(value: unknown, form: Form, path: string): string[] {
  if (form === 'any') return [];
  if (form === 'MicroTime') return typeof value === 'string' && MICRO_TIME.test(value) ? [] : [`${path} is no MicroTime: ${value}`];
  if (typeof form === 'string') return typeof value === form ? [] : [`${path} is no ${form}`];
  if (Array.isArray(form)) {
    return Array.isArray(value) ? value.flatMap((item, index) => problemsOf(item, form[0]!, `${path}[${index}]`)) : [`${path} is no list`];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const formOf = (name: string) => form[name] ?? form[`${name}?`] ?? form['*'];
  const missing = Object.keys(form).filter((name) => !name.endsWith('?') && name !== '*' && !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const inner = formOf(name);
      return inner === undefined ? [`${path}.${name} is unknown`] : problemsOf(item, inner, `${path}.${name}`);
    }),
  ];
}
