import { toTenantName } from '../../names/prefix.ts';
import { hashOf } from '../answer.ts';
import { isListedGroup, isListedVersion, type PolicyTable } from '../policy-table.ts';
import type { DocumentSource } from '../upstream-documents.ts';
import { OPENAPI_JSON } from './choose-openapi-type.ts';
import { withGroup } from './group-names.ts';
import { tenantOfPath } from './owner-of-member.ts';

interface UpstreamIndex {
  paths: Record<string, { serverRelativeURL: string }>;
}

interface Entry {
  /** `apis/apps/v1`. */
  readonly path: string;
  /** Of upstream's document. */
  readonly hash: string;
}

/** Upstream's `/openapi/v3`, parted by who is told of what. */
export interface IndexPartition {
  readonly platform: readonly Entry[];
  readonly own: ReadonlyMap<string, readonly Entry[]>;
}

/** To be raised when what is made of upstream's documents changes: clients keep them for a year. */
const FORM = '1';

/** Upstream gives no ETag with the index, so it is read in full each time. */
export function indexSource(table: PolicyTable): DocumentSource<IndexPartition> {
  return {
    path: '/openapi/v3',
    accept: OPENAPI_JSON,
    build({ body }) {
      const { paths } = JSON.parse(body.toString('utf8')) as UpstreamIndex;
      const platform: Entry[] = [];
      const own = new Map<string, Entry[]>();
      for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
        const entry = { path, hash: new URLSearchParams(serverRelativeURL.split('?')[1]).get('hash') ?? '' };
        const tenantId = tenantOfPath(`/${path}`, table);
        if (tenantId === undefined) {
          if (isOffered(path, table)) platform.push(entry);
        } else if (own.has(tenantId)) own.get(tenantId)!.push(entry);
        else own.set(tenantId, [entry]);
      }
      return { platform, own };
    },
    size: (_, { body }) => 2 * body.length,
  };
}

/** The index that a tenant gets, as JSON. */
export function indexOfTenant({ platform, own }: IndexPartition, tenantId: string, table: PolicyTable): Buffer {
  const entries = platform.map(({ path, hash }) => [path, platformHash(hash, table)] as const);
  for (const { path, hash } of own.get(tenantId) ?? []) entries.push([toTenantPath(path, tenantId), ownHash(hash, tenantId)]);
  // Keys stand in order upstream.
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const paths = Object.fromEntries(entries.map(([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]));
  return Buffer.from(JSON.stringify({ paths }));
}

function toTenantPath(path: string, tenantId: string): string {
  return withGroup(`/${path}`, toTenantName(tenantId, path.split('/')[1]!)).slice(1);
}

/** The hash of a document that all tenants get, by the hash of upstream's. */
export function platformHash(upstreamHash: string, table: PolicyTable): string {
  return hashOf(FORM, ' ', upstreamHash, ' ', keyOfTable(table));
}

/** The hash of a document of a tenant's own group. */
export function ownHash(upstreamHash: string, tenantId: string): string {
  return hashOf(FORM, ' ', upstreamHash, ' ', tenantId);
}

const keys = new WeakMap<PolicyTable, string>();

/** The same for tables by which the same is left out. */
function keyOfTable(table: PolicyTable): string {
  const key = keys.get(table) ?? hashOf(JSON.stringify(table.allRows()), table.sharedKey ?? '');
  keys.set(table, key);
  return key;
}

/** Whether tenants are told of a document that is no tenant's: `api`, `apis`, `version`, and those of the groups they are offered. */
export function isOffered(path: string, table: PolicyTable): boolean {
  if (path === 'api' || path === 'apis' || path === 'version') return true;
  const [root, first, second, ...rest] = path.split('/');
  if (rest.length > 0 || !first) return false;
  if (root === 'api') return second === undefined && isListedVersion(table, '', first);
  if (root !== 'apis') return false;
  return second === undefined ? isListedGroup(table, first) : isListedVersion(table, first, second);
}
