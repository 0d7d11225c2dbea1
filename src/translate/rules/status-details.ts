/** metav1.StatusDetails: how its name is spelled depends on the group and kind, which come after it. */
import { textToTenant } from '../../names/text.ts';
import type { TranslateContext } from '../context.ts';
import { isBuiltInGroup, toTenantGroup } from '../groups.ts';
import { isJsonObject } from '../lossless-json.ts';
import { toTenantObjectName } from '../object-name.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { captureObject, textOf } from './capture-object.ts';

/** `kind` holds a kind in some errors and a plural in others. */
const prefixed: ReadonlyMap<string, ResourceRow> = new Map(
  allRows()
    .filter(hasPrefixedNames)
    .flatMap((row) => [
      [`${row.group}/${row.kind}`, row],
      [`${row.group}/${row.resource}`, row],
    ]),
);

export const statusDetailsToTenant = detailsToTenant('anything');
/** Of kinds in whose texts a prefix also stands behind a dot: CRDs' groups, the keys of ClusterRoles' labels. */
export const dottedDetailsToTenant = detailsToTenant('definitions');

function detailsToTenant(mode: 'anything' | 'definitions') {
  return captureObject((details, context: TranslateContext) => {
    const shown = textOf(details, 'name');
    const upstreamGroup = textOf(details, 'group');
    const group = toTenantGroup(upstreamGroup ?? '', context);
    const row = isBuiltInGroup(group) ? prefixed.get(`${group}/${textOf(details, 'kind') ?? ''}`) : undefined;
    const about = row?.nameFormat === 'definition' ? 'definitions' : mode;
    const { causes } = details;
    return {
      ...details,
      ...(shown !== undefined && row && { name: toTenantObjectName(row, shown, context) }),
      ...(upstreamGroup !== undefined && { group }),
      ...(Array.isArray(causes) && { causes: causes.map((cause) => causeToTenant(cause, context, about)) }),
    };
  });
}

function causeToTenant(cause: unknown, { tenantId }: TranslateContext, about: 'anything' | 'definitions'): unknown {
  if (!isJsonObject(cause)) return cause;
  const texts = ['message', 'field'].flatMap((member) => {
    const text = textOf(cause, member);
    return text === undefined ? [] : [[member, textToTenant(tenantId, text, about)] as const];
  });
  return { ...cause, ...Object.fromEntries(texts) };
}
