import { toUpstreamName } from '../../names/prefix.ts';
import { lengthOf, type Text } from '../answer.ts';
import { ownerOfGroup } from '../owner-of-group.ts';
import type { PolicyTable } from '../policy-table.ts';
import type { DiscoverySources } from '../read-discovered-groups.ts';
import type { DocumentSource } from '../upstream-documents.ts';
import { formOf } from './choose-openapi-type.ts';
import { groupOfPath, withGroup } from './group-names.ts';
import { collect, type OpenApiForm } from './openapi-form.ts';
import { isOpenApiPathOffered } from './openapi-path-offered.ts';
import { indexSource, isOffered, ownHash, platformHash } from './openapi-v3-index.ts';
import { tenantOfPath } from './owner-of-member.ts';
import { reachableMembers } from './reachable-members.ts';
import { createSpelling } from './spelling.ts';

/**
 * Where upstream has the document that a tenant knows as `path`; undefined for one that the tenant is not told of, for which
 * upstream is not to be asked.
 */
export async function upstreamPathOf(path: string, tenantId: string, { documents, table }: DiscoverySources): Promise<string | undefined> {
  if (isOffered(path, table)) return path;
  const { group } = groupOfPath(`/${path}`) ?? {};
  if (group === undefined) return undefined;
  const upstreamGroup = toUpstreamName(tenantId, group);
  if (ownerOfGroup(upstreamGroup, { isSharedGroup: (name) => table.isSharedGroup?.(name) ?? false }) !== tenantId) return undefined;
  const upstreamPath = withGroup(`/${path}`, upstreamGroup).slice(1);
  const index = await documents.read(indexSource(table));
  return index?.own.get(tenantId)?.some((entry) => entry.path === upstreamPath) ? upstreamPath : undefined;
}

/** What the tenant gets of upstream's document; its ETag is the hash in the tenant's index. */
export function documentSource(upstreamPath: string, type: string, tenantId: string, table: PolicyTable): DocumentSource<Text> {
  const isOwn = tenantOfPath(`/${upstreamPath}`, table) === tenantId;
  const form = formOf('v3', type);
  return {
    path: `/openapi/v3/${upstreamPath}`,
    accept: type,
    build({ body, headers }) {
      const upstreamHash = String(headers.etag ?? '').replaceAll('"', '');
      if (upstreamHash === '') throw new Error(`upstream gave no ETag with /openapi/v3/${upstreamPath}`);
      const hash = isOwn ? ownHash(upstreamHash, tenantId) : platformHash(upstreamHash, table);
      const parts = isOwn ? renamed(body, form, tenantId) : filtered(body, form, table);
      return { parts: [Buffer.concat(parts)], contentType: type, etag: `"${hash}"` };
    },
    size: lengthOf,
  };
}

function filtered(document: Buffer, form: OpenApiForm, table: PolicyTable): Buffer[] {
  const { members, join } = form.takeApart(document);
  const paths = members.paths.filter(({ name }) => isOpenApiPathOffered(name, table));
  const kept = reachableMembers(members, paths, form);
  return join(collect((collection) => [form.block(kept[collection])]));
}

/** Definitions of Kubernetes' own that stand beside keep their names, and what they refer to does. */
function renamed(document: Buffer, form: OpenApiForm, tenantId: string): Buffer[] {
  const { members, join } = form.takeApart(document);
  const names = new Set(members.definitions.map(({ name }) => name));
  const spelling = createSpelling(tenantId, (name) => names.has(name));
  return join(
    collect((collection) => {
      if (collection !== 'paths' && collection !== 'definitions') return [form.block(members[collection])];
      return [form.block(members[collection].map((member) => form.rename(collection, member, spelling)))];
    }),
  );
}
