import { makeTenant } from '../helpers/make-tenant.ts';
import type { Stack } from '../helpers/stack.ts';

/** Every tenant's id begins so, and nothing else does: no answer to a tenant may hold it. */
export const ID_STEM = 'soak';
export const MOST_TENANTS = 99;
/** Writers sign with it what they make. The signature does not hold the id, which must not be answered. */
export const OWNER_ANNOTATION = 'example.com/owner';

const MADE_AT_ONCE = 4;
const SERVED_WITHIN_MS = 120_000;

export function tenantIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${ID_STEM}${String(index + 1).padStart(2, '0')}`);
}

export function ownerMark(tenantId: string): string {
  return `owner-${tenantId.slice(ID_STEM.length)}`;
}

/** Makes the tenants, some at a time; resolves when all are served. @param onMade told how many there are */
export async function makeTenants(stack: Stack, ids: readonly string[], onMade: (count: number) => void): Promise<void> {
  const waiting = [...ids];
  let made = 0;
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      await makeTenant(stack, id, {}, SERVED_WITHIN_MS);
      onMade(++made);
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, work));
}
