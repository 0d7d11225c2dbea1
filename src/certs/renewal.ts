/**
 * When the certificate of a tenant's admin is renewed. Half of its life it is used whatever is configured: one that the CA's own end cuts short must
 * not be renewed without end.
 *
 * @param issuedAt as `notAfter` and what is returned: milliseconds of the epoch
 * @param renewBeforeSeconds what is to be left of it; undefined: a third of its life
 */
export function renewalOf(issuedAt: number, notAfter: number, renewBeforeSeconds: number | undefined): number {
  const life = notAfter - issuedAt;
  const wanted = renewBeforeSeconds === undefined ? life / 3 : renewBeforeSeconds * 1000;
  return notAfter - Math.min(wanted, life / 2);
}
