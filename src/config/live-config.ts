import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import { SETTING_RULES } from './setting-rules.ts';

export interface ConfigChange {
  /** Settings that are now in force: names from the top of the file down. */
  readonly applied: readonly string[][];
  /** Settings of which the file says something else than what is in force, until a restart. */
  readonly pending: readonly string[][];
}

/** A configuration that can be replaced while it is used. */
export class LiveConfig {
  /**
   * What is in force. Its fields change: a setting that is reloaded has to be read from here each time that it is used. Those that take a
   * restart stay as they were at the start.
   */
  readonly config: Config;
  readonly #started: Config;
  #inForce: Config;
  readonly #listeners: (() => void)[] = [];

  constructor(started: Config) {
    this.#started = started;
    this.#inForce = started;
    const get = (key: keyof Config) => ({ get: () => this.#inForce[key], enumerable: true });
    const keys = Object.keys(SETTING_RULES) as (keyof Config)[];
    this.config = Object.defineProperties({}, Object.fromEntries(keys.map((key) => [key, get(key)]))) as Config;
  }

  /** Puts in force what can be, and tells which that is. */
  replace(wanted: Config): ConfigChange {
    const before = this.#inForce;
    this.#inForce = withoutRestart(this.#started, wanted);
    const applied = changedPaths(before, this.#inForce);
    if (applied.length > 0) for (const listener of this.#listeners) listener();
    return { applied, pending: changedPaths(this.#inForce, wanted) };
  }

  /** Called when something else is in force. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

function withoutRestart(started: Config, wanted: Config): Config {
  const fields = Object.entries(SETTING_RULES).map(([key, rule]) => {
    const [before, after] = [started, wanted].map((config) => config[key as keyof Config]);
    if (!rule.reloaded) return [key, before];
    return [key, rule.except ? withKept(before, after, rule.except) : after];
  });
  return Object.freeze(Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
}

/** `after`, with some of its fields as they were. */
function withKept(before: unknown, after: unknown, kept: readonly string[]): unknown {
  const fields = kept.map((key) => [key, isRecord(before) ? before[key] : undefined]).filter(([, value]) => value !== undefined);
  if (!isRecord(after)) return fields.length > 0 ? Object.fromEntries(fields) : after;
  return { ...Object.fromEntries(Object.entries(after).filter(([key]) => !kept.includes(key))), ...Object.fromEntries(fields) };
}

/** Where two configurations differ, as deep as they both go, but never within a list. */
function changedPaths(one: unknown, other: unknown, path: readonly string[] = []): string[][] {
  if (isDeepStrictEqual(one, other)) return [];
  const isInside = (value: unknown) => isRecord(value) || (value === undefined && path.length > 0);
  if (!isInside(one) || !isInside(other)) return [[...path]];
  const [left, right] = [one ?? {}, other ?? {}] as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(left!), ...Object.keys(right!)])];
  const inside = keys.flatMap((key) => changedPaths(left![key], right![key], [...path, key]));
  // Of the two one is not there, and the other is empty.
  return inside.length > 0 ? inside : [[...path]];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
