import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** `24h`, `1h30m`, `7d` as seconds. Throws commander's InvalidArgumentError. */
export function parseDuration(text: string): number {
  if (!/^(\d{1,6}[dhms])+$/.test(text)) throw new InvalidArgumentError('A duration is written as 24h, 90m or 7d.');
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce((sum, [, digits, unit]) => sum + Number(digits) * SECONDS[unit!]!, 0);
}
