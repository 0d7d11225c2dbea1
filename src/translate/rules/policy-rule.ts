/**
 * rbac/v1 PolicyRule, authorization/v1 ResourceRule: `apiGroups` of the tenant's own are prefixed, and `resourceNames` as the
 * names of the objects are: a rule about several kinds has each spelling of them upstream, one list behind the other.
 */
import { toTenantDefinition, toUpstreamDefinition } from '../../names/definition.ts';
import { toTenantIdentity, toUpstreamIdentity } from '../../names/identity.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import { toTenantGroup, toUpstreamGroup } from '../groups.ts';
import type { JsonObject } from '../lossless-json.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import { captureObject } from './capture-object.ts';
import { isIdentityResource } from './identity-resources.ts';
import { grantedSignerToUpstream, isSignerResource } from './signer-name.ts';

interface Spelling {
  toUpstream(tenantId: string, name: string): string;
  toTenant(tenantId: string, name: string): string;
}

const same = (_tenantId: string, name: string): string => name;
const PLAIN: Spelling = { toUpstream: same, toTenant: same };
const PREFIXED: Spelling = { toUpstream: toUpstreamName, toTenant: toTenantName };
const DEFINITION: Spelling = { toUpstream: toUpstreamDefinition, toTenant: toTenantDefinition };
const IDENTITY: Spelling = { toUpstream: toUpstreamIdentity, toTenant: toTenantIdentity };
const SIGNER: Spelling = { toUpstream: grantedSignerToUpstream, toTenant: toTenantName };

/** `resources` and `apiGroups` decide how `resourceNames` are spelled; nothing depends on these. */
const freeMembers = ['verbs', 'nonResourceURLs'];

export const policyRuleToUpstream = captureObject(
  (rule, context) => {
    const groups = stringsOf(rule, 'apiGroups');
    const written = stringsOf(rule, 'resourceNames');
    const spellings = spellingsOf(groups, rule);
    return {
      ...rule,
      ...(groups.length > 0 && { apiGroups: groups.map((group) => toUpstreamGroup(group, context)) }),
      ...(written.length > 0 && { resourceNames: spellAll(written, spellings, context) }),
    };
  },
  { freeMembers },
);

export const policyRuleToTenant = captureObject(
  (rule, context) => {
    const groups = stringsOf(rule, 'apiGroups').map((group) => toTenantGroup(group, context));
    const stored = stringsOf(rule, 'resourceNames');
    return {
      ...rule,
      ...(groups.length > 0 && { apiGroups: groups }),
      ...(stored.length > 0 && { resourceNames: unspellAll(stored, spellingsOf(groups, rule), context) }),
    };
  },
  { unlessHolding: 'identity' },
);

function spellAll(written: readonly string[], spellings: readonly Spelling[], { tenantId }: TranslateContext): string[] {
  return spellings.flatMap((spelling) => {
    const spelled = written.map((name) => name && spelling.toUpstream(tenantId, name));
    // What is no name of a definition is spelled as other names are, which is there already.
    const isExtra = spelling === DEFINITION && spellings.includes(PREFIXED);
    return isExtra ? spelled.filter((name, index) => name !== '' && name !== toUpstreamName(tenantId, written[index]!)) : spelled;
  });
}

/** What was written, if the names are exactly what `spellAll` makes of it; else each name as the tenant would know it, once. */
function unspellAll(stored: readonly string[], spellings: readonly Spelling[], context: TranslateContext): string[] {
  const { tenantId } = context;
  for (let count = Math.ceil(stored.length / spellings.length); count <= stored.length; count++) {
    const written = stored.slice(0, count).map((name) => spellings[0]!.toTenant(tenantId, name));
    const made = spellAll(written, spellings, context);
    if (spellings.length === 1 || (made.length === stored.length && made.every((name, index) => name === stored[index]))) return written;
  }
  return [...new Set(stored.map((name) => spellings.reduce((shown, spelling) => spelling.toTenant(tenantId, shown), name)))];
}

/** @param groups in the tenant's spelling */
function spellingsOf(groups: readonly string[], rule: JsonObject): readonly Spelling[] {
  const inGroups = allRows().filter((row) => groups.includes(row.group) || groups.includes('*'));
  const spellings = new Set<Spelling>();
  for (const resource of stringsOf(rule, 'resources')) {
    const parent = resource.split('/', 1)[0]!;
    const isIdentity = (group: string) => isIdentityResource(group === '*' ? '' : group, parent === '*' ? 'users' : parent);
    if (groups.some(isIdentity)) spellings.add(IDENTITY);
    if (parent !== '*' && groups.length > 0 && groups.every((group) => group !== '*' && isIdentity(group))) continue;
    if (groups.some((group) => isSignerResource(group === '*' ? 'certificates.k8s.io' : group, parent))) {
      spellings.add(SIGNER);
      continue;
    }
    const rows = inGroups.filter((row) => parent === '*' || row.resource === parent);
    // A resource that the table does not know is the tenant's own business: named as it is.
    if (parent === '*' || rows.length === 0 || rows.some((row) => !hasPrefixedNames(row))) spellings.add(PLAIN);
    for (const row of rows) if (hasPrefixedNames(row)) spellings.add(row.nameFormat === 'definition' ? DEFINITION : PREFIXED);
  }
  const found = [PLAIN, PREFIXED, DEFINITION, IDENTITY, SIGNER].filter((spelling) => spellings.has(spelling));
  return found.length > 0 ? found : [PLAIN];
}

function stringsOf(rule: JsonObject, member: string): string[] {
  const value = Object.hasOwn(rule, member) ? rule[member] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
