/**
 * rbac/v1 PolicyRule, authorization/v1 ResourceRule: `resourceNames` of cluster-scoped resources are prefixed, those of
 * namespaced ones are not. A rule about both has both spellings upstream: first as written, then prefixed.
 */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { JsonObject } from '../lossless-json.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import { captureObject } from './capture-object.ts';

type Spelling = 'plain' | 'prefixed' | 'both';

/** `resources` and `apiGroups` decide how `resourceNames` are spelled; nothing depends on these. */
const freeMembers = ['verbs', 'nonResourceURLs'];

export const policyRuleToUpstream = captureObject(
  (rule, { tenantId }) => {
    const written = stringsOf(rule, 'resourceNames');
    const spelling = spellingOf(rule);
    if (written.length === 0 || spelling === 'plain') return rule;
    const prefixed = written.map((resourceName) => (resourceName === '' ? '' : toUpstreamName(tenantId, resourceName)));
    return { ...rule, resourceNames: spelling === 'both' ? [...written, ...prefixed] : prefixed };
  },
  { freeMembers },
);

export const policyRuleToTenant = captureObject(
  (rule, { tenantId }) => {
    const stored = stringsOf(rule, 'resourceNames');
    const spelling = spellingOf(rule);
    if (stored.length === 0 || spelling === 'plain') return rule;
    const shown = stored.map((resourceName) => toTenantName(tenantId, resourceName));
    if (spelling === 'prefixed') return { ...rule, resourceNames: shown };
    return { ...rule, resourceNames: withoutPrefixedHalf(tenantId, stored) ?? [...new Set(shown)] };
  },
  { unlessHolding: 'prefix' },
);

/** What was written, if the names are exactly what `policyRuleToUpstream` makes of it. */
function withoutPrefixedHalf(tenantId: string, stored: readonly string[]): readonly string[] | undefined {
  const half = stored.length / 2;
  const written = stored.slice(0, half);
  const isMade =
    Number.isInteger(half) &&
    written.every((resourceName, index) => stored[half + index] === (resourceName && toUpstreamName(tenantId, resourceName)));
  return isMade ? written : undefined;
}

function spellingOf(rule: JsonObject): Spelling {
  const groups = stringsOf(rule, 'apiGroups');
  const inGroups = allRows().filter((row) => groups.includes(row.group) || groups.includes('*'));
  let plain = false;
  let prefixed = false;
  for (const resource of stringsOf(rule, 'resources')) {
    const parent = resource.split('/', 1)[0];
    if (parent === '*') {
      plain = true;
      prefixed = true;
    }
    const rows = inGroups.filter((row) => row.resource === parent);
    // A resource that the table does not know is the tenant's own business: named as it is.
    if (rows.length === 0 || rows.some((row) => !hasPrefixedNames(row))) plain = true;
    if (rows.some(hasPrefixedNames)) prefixed = true;
  }
  if (!prefixed) return 'plain';
  return plain ? 'both' : 'prefixed';
}

function stringsOf(rule: JsonObject, member: string): string[] {
  const value = Object.hasOwn(rule, member) ? rule[member] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
