/** Which of a tenant's certificates are worth nothing any more: `spec.revocations`. Pure. */
import type { Revocation, Tenant } from './tenant.ts';

/** What somebody proved himself with, as far as it can be revoked. */
export interface Credential {
  /** In the tenant's spelling: whom it was made for, whoever he acts as. */
  readonly user: string;
  /** Of the certificate; undefined for one without. */
  readonly number?: string;
  /** Milliseconds of the epoch; 0 where the certificate does not say. */
  readonly issuedAt: number;
}

/** What clocks of several machines may differ by. A revocation further in the future than this locks a user out until then. */
const CLOCK_SKEW_MS = 60_000;

/** Everything that an entry names must fit. A time that cannot be read revokes: nothing fails open. */
export function isRevoked(tenant: Pick<Tenant, 'spec'> | undefined, { user, number, issuedAt }: Credential): boolean {
  const revocations = tenant?.spec?.revocations;
  if (!revocations) return false;
  return revocations.some((entry) => {
    if (entry.user !== undefined && entry.user !== user) return false;
    if (entry.certificate !== undefined && entry.certificate !== number) return false;
    return entry.before === undefined || !(issuedAt >= Date.parse(entry.before));
  });
}

/**
 * The time that a certificate for this user made now has to carry, in milliseconds of the epoch: not before what was revoked a moment
 * ago, by a clock that may go a little faster than this one. Undefined where such certificates are revoked for some time to come.
 */
export function issueTimeFor(tenant: Pick<Tenant, 'spec'>, user: string, now: number): number | undefined {
  const times = (tenant.spec?.revocations ?? [])
    .filter((entry) => entry.certificate === undefined && (entry.user === undefined || entry.user === user))
    .map(({ before }) => Date.parse(before ?? ''));
  const issuedAt = Math.max(now, ...times);
  return issuedAt <= now + CLOCK_SKEW_MS ? issuedAt : undefined;
}

/** Milliseconds of the epoch, by a certificate's number; undefined where that says nothing. */
type LifeOf = (number: string) => { readonly issuedAt: number; readonly expiresAt: number } | undefined;

/** The list with one more entry, without those that it, another, or the certificate's own end makes superfluous. */
export function withRevocation(revocations: readonly Revocation[], added: Revocation, lifeOf: LifeOf, now: number): Revocation[] {
  const all = [...revocations, added];
  const isSuperfluous = (entry: Revocation, index: number) => {
    const { certificate } = entry;
    if (certificate !== undefined && (lifeOf(certificate)?.expiresAt ?? now) < now - CLOCK_SKEW_MS) return true;
    return all.some((other, at) => {
      if (at === index || !covers(other, entry, lifeOf)) return false;
      // Of two that say the same the later one stays.
      return at > index || !covers(entry, other, lifeOf);
    });
  };
  return all.filter((entry, index) => !isSuperfluous(entry, index));
}

/** Whether everything that `narrow` revokes is revoked by `wide` as well. */
function covers(wide: Revocation, narrow: Revocation, lifeOf: LifeOf): boolean {
  if (wide.user !== undefined && wide.user !== narrow.user) return false;
  if (wide.certificate !== undefined && wide.certificate !== narrow.certificate) return false;
  if (wide.before === undefined) return true;
  const before = Date.parse(wide.before);
  if (narrow.before !== undefined && Date.parse(narrow.before) <= before) return true;
  // A certificate has one time at which it was made.
  const issuedAt = narrow.certificate === undefined ? undefined : lifeOf(narrow.certificate)?.issuedAt;
  return issuedAt !== undefined && issuedAt < before;
}
