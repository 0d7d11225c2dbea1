import { InvalidArgumentError } from 'commander';

/** As Kubernetes writes them: `10`, `1.5`, `500m`, `8Gi`, `2e3`. Whether the key takes it is for the server to say. */
const QUANTITY = /^\d+(\.\d+)?([numkMGTPE]|[KMGTPE]i|[eE]\d+)?$/;

/** `pods=10,requests.memory=8Gi`, added to what earlier flags said. */
export function parseQuota(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const hard: Record<string, string> = { ...previous };
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (key === undefined || value === undefined)
      throw new InvalidArgumentError(`"${part}" is not of the form key=quantity, as in pods=10.`);
    if (!QUANTITY.test(value)) throw new InvalidArgumentError(`"${value}" is no quantity: 10, 500m, 8Gi are.`);
    if (Object.hasOwn(hard, key)) throw new InvalidArgumentError(`"${key}" stands there twice.`);
    hard[key] = value;
  }
  if (Object.keys(hard).length === 0) throw new InvalidArgumentError('There is no key=quantity in it, as in pods=10.');
  return hard;
}
