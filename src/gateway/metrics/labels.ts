/** Values of labels. Each set is bounded, whatever clients send. */
import { STATUS_CODES } from 'node:http';
import type { RequestInfo } from '../../kube/request-info.ts';
import { isBuiltInGroup } from '../../translate/groups.ts';
import { allRows } from '../../translate/table/index.ts';

const RESOURCES = new Map(
  allRows().map(({ group, resource }) => [`${group}/${resource}`, group === '' ? resource : `${resource}.${group}`]),
);

/** A kind of the table's, as kubectl spells it in full; `custom`, `other` (what no tenant has), or `none` where it is about no resource. */
export function resourceLabel(request: RequestInfo | undefined): string {
  if (request?.type !== 'resource') return 'none';
  const { group, resource } = request;
  return RESOURCES.get(`${group}/${resource}`) ?? (isBuiltInGroup(group) ? 'other' : 'custom');
}

/** A number of HTTP's; of others, which a server behind the proxy sub-resource may make up, the hundred: `4xx`. 0: none was seen. */
export function codeLabel(code: number): string {
  return code === 0 || code in STATUS_CODES ? String(code) : `${Math.floor(code / 100)}xx`;
}
