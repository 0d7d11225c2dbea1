/** Kubernetes' quantities (k8s.io/apimachinery/pkg/api/resource), exact: whole numbers of a thousand-millionth. */

/** One, in the unit that amounts are kept in: nothing finer than a nano can be written. */
export const ONE = 1_000_000_000n;

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,3})?$/;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** @returns nanos, rounded up as Kubernetes does; undefined for what is no quantity */
export function parseQuantity(quantity: string | number): bigint | undefined {
  const match = FORM.exec(String(quantity));
  if (!match) return undefined;
  const [, sign, number = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const binary = BINARY.indexOf(suffix);
  const exponent = binary >= 0 ? 0 : /^[eE]\S/.test(suffix) ? Number(suffix.slice(1)) : DECIMAL[suffix];
  if (exponent === undefined) return undefined;
  const digits = BigInt(`${whole}${fraction}`) * (binary >= 0 ? 1024n ** BigInt(binary + 1) : 1n);
  const scale = exponent - fraction.length + 9;
  const divisor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  const nanos = scale < 0 ? (digits + divisor - 1n) / divisor : digits * 10n ** BigInt(scale);
  return sign === '-' ? -nanos : nanos;
}

/** @param isBinary whether people write such amounts as `1Gi` */
export function formatQuantity(nanos: bigint, isBinary = false): string {
  if (nanos < 0n) return `-${formatQuantity(-nanos, isBinary)}`;
  if (nanos % ONE === 0n) {
    const whole = nanos / ONE;
    let power = 0;
    while (isBinary && whole > 0n && power < BINARY.length && whole % 1024n ** BigInt(power + 1) === 0n) power++;
    return power === 0 ? String(whole) : `${whole / 1024n ** BigInt(power)}${BINARY[power - 1]}`;
  }
  if (nanos % 1_000_000n === 0n) return `${nanos / 1_000_000n}m`;
  return nanos % 1_000n === 0n ? `${nanos / 1_000n}u` : `${nanos}n`;
}

/** How much of a quantity is used, 0 to 1 and beyond: to be shown. NaN for what is no quantity. */
export function fractionOf(used: string | number, hard: string | number): number {
  const [part, whole] = [Number(parseQuantity(used)), Number(parseQuantity(hard))];
  // Nothing is allowed, and nothing used: full.
  return whole === 0 ? 1 : part / whole;
}
