/** The most that was in flight at a time. */
export interface Accuracy {
  readonly title: string;
  readonly limit: number;
  readonly most: number;
}

export function isExact({ limit, most }: Accuracy): boolean {
  return most <= limit && most >= 0.95 * limit;
}

/** What a bucket, full at the beginning, let through. */
export interface RateAccuracy {
  readonly title: string;
  readonly seconds: number;
  readonly offered: number;
  readonly admitted: number;
  /** Burst and rate. */
  readonly expected: number;
}

export function isRateRight({ admitted, expected }: RateAccuracy): boolean {
  return Math.abs(admitted - expected) <= 0.05 * expected;
}
