/** metav1.StatusDetails: whether its name is prefixed depends on the kind, which comes after it. */
import { toTenantName } from '../../names/prefix.ts';
import { textToTenant } from '../../names/text.ts';
import type { TranslateContext } from '../context.ts';
import { isJsonObject } from '../lossless-json.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import { captureObject, textOf } from './capture-object.ts';

/** `kind` holds a kind in some errors and a plural in others. */
const prefixed: ReadonlySet<string> = new Set(
  allRows()
    .filter(hasPrefixedNames)
    .flatMap((row) => [`${row.group}/${row.kind}`, `${row.group}/${row.resource}`]),
);

export const statusDetailsToTenant = captureObject((details, { tenantId }: TranslateContext) => {
  const shown = textOf(details, 'name');
  const isPrefixed = prefixed.has(`${textOf(details, 'group') ?? ''}/${textOf(details, 'kind') ?? ''}`);
  const { causes } = details;
  return {
    ...details,
    ...(shown !== undefined && isPrefixed && { name: toTenantName(tenantId, shown) }),
    ...(Array.isArray(causes) && {
      causes: causes.map((cause) => {
        const message = isJsonObject(cause) ? textOf(cause, 'message') : undefined;
        return message === undefined ? cause : { ...cause, message: textToTenant(tenantId, message) };
      }),
    }),
  };
});
