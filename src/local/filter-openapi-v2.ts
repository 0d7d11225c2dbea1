/** `/openapi/v2` in JSON, reduced to what the policy table offers tenants. Pure; works on bytes, see json-members.ts. */
import { type Member, membersOf } from './json-members.ts';
import { isOpenApiPathOffered } from './openapi-path-offered.ts';
import type { PolicyTable } from './policy-table.ts';

/** Members of the document that hold what paths refer to, by name. */
const COLLECTIONS = ['definitions', 'parameters', 'responses'] as const;
type Collection = (typeof COLLECTIONS)[number];

/** The names that are kept, as the document spells them (`/apis/apps/v1/namespaces/{namespace}/deployments`). */
export type KeptNames = Readonly<Record<'paths' | Collection, ReadonlySet<string>>>;

const REFERENCE = /"\$ref"\s*:\s*"#\/([^/"]+)\/([^"]+)"/g;

/**
 * Keeps the paths that tenants are offered, and the definitions that these lead to: a definition's name alone does not
 * say whose it is, as anybody may define kinds under any group.
 */
export function filterOpenApiV2(json: Buffer, table: PolicyTable): { bytes: Buffer; kept: KeptNames } {
  const root = membersOf(json, 0);
  const membersIn = (key: string): Member[] => {
    const member = root.find((candidate) => candidate.key === key);
    return member ? membersOf(json, member.valueStart) : [];
  };
  const paths = membersIn('paths').filter(({ key }) => isOpenApiPathOffered(key, table));
  const collections = new Map(COLLECTIONS.map((name) => [name as string, membersIn(name)]));
  const kept = keepReachable(json, paths, collections);
  const parts = root.map((member) => {
    const inside = member.key === 'paths' ? paths : collections.get(member.key);
    if (!inside) return json.subarray(member.start, member.end);
    const names = kept[member.key as keyof KeptNames];
    return objectOf(
      json,
      member.key,
      inside.filter(({ key }) => names.has(key)),
    );
  });
  return { bytes: Buffer.concat([Buffer.from('{'), joined(parts), Buffer.from('}')]), kept };
}

function keepReachable(json: Buffer, paths: readonly Member[], collections: ReadonlyMap<string, readonly Member[]>): KeptNames {
  const kept: Record<keyof KeptNames, Set<string>> = {
    paths: new Set(paths.map(({ key }) => key)),
    definitions: new Set(),
    parameters: new Set(),
    responses: new Set(),
  };
  const byReference = new Map(
    [...collections].flatMap(([name, members]) => members.map((member) => [`${name}/${member.key}`, member] as const)),
  );
  const pending = [...paths];
  for (let from = pending.pop(); from; from = pending.pop()) {
    for (const [, collection, name] of json.toString('utf8', from.valueStart, from.end).matchAll(REFERENCE)) {
      const member = byReference.get(`${collection}/${name}`);
      const names = kept[collection as Collection];
      if (!member || names.has(member.key)) continue;
      names.add(member.key);
      pending.push(member);
    }
  }
  return kept;
}

/** `"key":{…}` with some of its members. */
function objectOf(json: Buffer, key: string, kept: readonly Member[]): Buffer {
  const parts = kept.map(({ start, end }) => json.subarray(start, end));
  return Buffer.concat([Buffer.from(`${JSON.stringify(key)}:{`), joined(parts), Buffer.from('}')]);
}

function joined(parts: readonly Buffer[]): Buffer {
  const comma = Buffer.from(',');
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part])));
}
