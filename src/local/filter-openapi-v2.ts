/** `/openapi/v2` in JSON, reduced to what the policy table offers tenants. Pure; works on bytes, see json-members.ts. */
import { type Member, membersOf } from './json-members.ts';
import { isOpenApiPathOffered } from './openapi-path-offered.ts';
import type { PolicyTable } from './policy-table.ts';

export interface KeptNames {
  /** As the document spells them: `/apis/apps/v1/namespaces/{namespace}/deployments`. */
  readonly paths: ReadonlySet<string>;
  readonly definitions: ReadonlySet<string>;
}

const REFERENCE = /"\$ref"\s*:\s*"#\/definitions\/([^"]+)"/g;

/**
 * Keeps the paths that tenants are offered, and the definitions that these lead to: a definition's name alone does not
 * say whose it is, as anybody may define kinds under any group.
 */
export function filterOpenApiV2(json: Buffer, table: PolicyTable): { bytes: Buffer; kept: KeptNames } {
  const root = membersOf(json, 0);
  const paths = membersIn(json, root, 'paths').filter(({ key }) => isOpenApiPathOffered(key, table));
  const definitions = new Map(membersIn(json, root, 'definitions').map((member) => [member.key, member]));
  const reached = reachableFrom(paths, definitions, json);
  const parts = root.map((member) => {
    if (member.key === 'paths') return objectOf(json, member, paths);
    if (member.key === 'definitions') {
      return objectOf(
        json,
        member,
        [...definitions.values()].filter(({ key }) => reached.has(key)),
      );
    }
    return json.subarray(member.start, member.end);
  });
  const bytes = Buffer.concat([Buffer.from('{'), joined(parts), Buffer.from('}')]);
  return { bytes, kept: { paths: new Set(paths.map(({ key }) => key)), definitions: reached } };
}

function membersIn(json: Buffer, root: readonly Member[], key: string): Member[] {
  const member = root.find((candidate) => candidate.key === key);
  return member ? membersOf(json, member.valueStart) : [];
}

function reachableFrom(paths: readonly Member[], definitions: ReadonlyMap<string, Member>, json: Buffer): Set<string> {
  const reached = new Set<string>();
  const pending: Member[] = [...paths];
  for (let member = pending.pop(); member; member = pending.pop()) {
    for (const [, name] of json.toString('latin1', member.valueStart, member.end).matchAll(REFERENCE)) {
      const definition = definitions.get(name!);
      if (!definition || reached.has(name!)) continue;
      reached.add(name!);
      pending.push(definition);
    }
  }
  return reached;
}

/** `"key":{…}` with some of its members. */
function objectOf(json: Buffer, member: Member, kept: readonly Member[]): Buffer {
  const parts = kept.map(({ start, end }) => json.subarray(start, end));
  return Buffer.concat([Buffer.from(`${JSON.stringify(member.key)}:{`), joined(parts), Buffer.from('}')]);
}

function joined(parts: readonly Buffer[]): Buffer {
  const comma = Buffer.from(',');
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part])));
}
