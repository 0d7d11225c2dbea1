import { InvalidArgumentError } from 'commander';

/** An option's value. @throws InvalidArgumentError for what is no number above 0 */
export function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('a number above 0');
  return number;
}
