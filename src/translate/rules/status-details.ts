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

export const statusDetailsToTenant = captureObject((details, context: TranslateContext) => {
  const shown = textOf(details, 'name');
  const upstreamGroup = textOf(details, 'group');
  const group = toTenantGroup(upstreamGroup ?? '', context);
  const row = isBuiltInGroup(group) ? prefixed.get(`${group}/${textOf(details, 'kind') ?? ''}`) : undefined;
  const about = row?.nameFormat === 'definition' ? 'definitions' : 'anything';
  const { causes } = details;
  return {
    ...details,
    ...(shown !== undefined && row && { name: toTenantObjectName(row, shown, context) }),
    ...(upstreamGroup !== undefined && { group }),
    ...(Array.isArray(causes) && {
      causes: causes.map((cause) => {
        const message = isJsonObject(cause) ? textOf(cause, 'message') : undefined;
        return message === undefined ? cause : { ...cause, message: textToTenant(context.tenantId, message, about) };
      }),
    }),
  };
});
