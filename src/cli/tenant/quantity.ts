const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** How much of a quantity is used, 0 to 1 and beyond; good enough to show, not to count with. NaN for what is no quantity. */
export function fractionOf(used: string | number, hard: string | number): number {
  const [part, whole] = [numberOf(used), numberOf(hard)];
  // Nothing is allowed, and nothing used: full.
  return whole === 0 ? 1 : part / whole;
}

function numberOf(quantity: string | number): number {
  const [, digits, suffix = ''] = /^([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]{0,2})$/.exec(String(quantity)) ?? [];
  return Number(digits) * (FACTORS[suffix] ?? Number.NaN);
}
