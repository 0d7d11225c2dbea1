import { advertisedVerbs, isListedGroup, isListedVersion, type PolicyTable } from '../policy-table.ts';

const ANY_VERB = ['get', 'create', 'update', 'patch', 'delete'];
const GENERAL: ReadonlySet<string> = new Set(['/api/', '/apis/', '/version/']);
const VERSION_PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(.*)$/;
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * Whether tenants are offered what stands at a path of an OpenAPI document.
 * @param path a template: `/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale`, `/apis/apps/`
 */
export function isOpenApiPathOffered(path: string, table: PolicyTable): boolean {
  if (GENERAL.has(path)) return true;
  const group = /^\/apis\/([^/]+)\/$/.exec(path)?.[1];
  if (group !== undefined) return isListedGroup(table, group);
  const match = VERSION_PATH.exec(path);
  if (!match) return false;
  const [, ofGroup = '', version, rest] = match as unknown as [string, string | undefined, string, string];
  if (rest === '') return isListedVersion(table, ofGroup, version);
  const name = resourceOf(rest.split('/'));
  // Sub-resources are not what is read (`exec`) and reviews are only created, so any verb will do.
  return advertisedVerbs(table, ofGroup, version, name, ANY_VERB).length > 0;
}

/** `plural` or `plural/subresource` of a path below a version. The `watch/` spelling is not offered, and is no resource. */
function resourceOf(segments: readonly string[]): string {
  const [first, , third] = segments;
  const namespaced = first === 'namespaces' && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third);
  const [resource, , subresource] = namespaced ? segments.slice(2) : segments;
  return subresource === undefined ? resource! : `${resource}/${subresource}`;
}
