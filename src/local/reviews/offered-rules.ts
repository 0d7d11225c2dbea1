/** SelfSubjectRulesReview: of the rules that upstream lists, what the gateway serves. */
import { isJsonObject, type JsonObject } from '../../translate/lossless-json.ts';
import type { PolicyTable } from '../policy-table.ts';

type Table = Pick<PolicyTable, 'allRows'>;
type Offer = 'all' | 'reads' | 'none';

const READS = ['get', 'list', 'watch'];

/**
 * A rule with a wildcard stays as it is: nothing can be taken from `*`, and it is what was granted. From a rule that names its
 * resources goes what tenants are refused, and the writes of what they can only read.
 */
export function offeredRules(review: JsonObject, table: Table): JsonObject {
  const { status } = review;
  if (!isJsonObject(status) || !Array.isArray(status.resourceRules)) return review;
  const resourceRules = status.resourceRules.flatMap((rule) => (isJsonObject(rule) ? offeredOf(rule, table) : [rule]));
  return { ...review, status: { ...status, resourceRules } };
}

function offeredOf(rule: JsonObject, table: Table): JsonObject[] {
  const groups = stringsOf(rule, 'apiGroups');
  const resources = stringsOf(rule, 'resources');
  const isWhole = groups.every((group) => resources.every((resource) => offerOf(table, group, resource) === 'all'));
  if (isWhole) return [rule];
  return groups.flatMap((group) => {
    const offered = (offer: Offer) => resources.filter((resource) => offerOf(table, group, resource) === offer);
    const ruleOf = (verbs: readonly string[], of: readonly string[]): JsonObject[] =>
      verbs.length > 0 && of.length > 0 ? [{ ...rule, verbs, apiGroups: [group], resources: of }] : [];
    const verbs = stringsOf(rule, 'verbs');
    const reads = verbs.includes('*') ? READS : verbs.filter((verb) => READS.includes(verb));
    return [...ruleOf(verbs, offered('all')), ...ruleOf(reads, offered('reads'))];
  });
}

/** What the table does not know is not the gateway's to refuse: the tenant's own kinds, or names that only rules know. */
function offerOf(table: Table, group: string, resource: string): Offer {
  const inGroup = table.allRows().filter((row) => row.group === group);
  if (resource === '*') return inGroup.length > 0 && inGroup.every(({ policy }) => policy === 'refused') ? 'none' : 'all';
  const [parent, subresource] = resource.split('/', 2) as [string, string?];
  const row = inGroup.find((candidate) => candidate.resource === parent);
  if (!row) return 'all';
  const sub = subresource === undefined || !Object.hasOwn(row.subresources, subresource) ? undefined : row.subresources[subresource];
  const policy = row.policy === 'served' && sub ? sub.policy : row.policy;
  return policy === 'served' ? 'all' : policy === 'refused' ? 'none' : 'reads';
}

function stringsOf(rule: JsonObject, member: string): string[] {
  const value = rule[member];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
