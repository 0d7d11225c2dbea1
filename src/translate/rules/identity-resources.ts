/**
 * Resources that exist in rules alone: `users` and `groups` are impersonated, never served. Their names are identities, so
 * upstream they carry `kubezoo:<id>:`. A uid and a value of an extra field are opaque, and the same on both sides.
 */

/** Core for the verb `impersonate`; the other group for `impersonate:user-info` and its kin (KEP-5284). */
const GROUPS: ReadonlySet<string> = new Set(['', 'authentication.k8s.io']);
const RESOURCES: ReadonlySet<string> = new Set(['users', 'groups']);

/** @param resource plural, without a sub-resource */
export function isIdentityResource(group: string, resource: string): boolean {
  return GROUPS.has(group) && RESOURCES.has(resource);
}
