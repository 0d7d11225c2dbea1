import type { TranslateContext } from '../translate/context.ts';
import { toTenantGroup } from '../translate/groups.ts';
import type { JsonObject } from '../translate/lossless-json.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { objectAt, textAt } from './review-parts.ts';
import { WebhookError } from './webhook-error.ts';

type Names = Pick<TranslateContext, 'tenantId' | 'shared'>;

/** By group (the tenant's spelling), version and plural. */
export type FindRow = (group: string, version: string, resource: string, context: Names) => ResourceRow | undefined;

/** @throws WebhookError for a kind that tenants do not have */
export function rowOfReview(request: JsonObject, context: Names, findRow: FindRow): ResourceRow {
  const resource = objectAt(request, 'resource') ?? {};
  const group = toTenantGroup(textAt(resource, 'group'), context);
  const row = findRow(group, textAt(resource, 'version'), textAt(resource, 'resource'), context);
  if (row?.policy !== 'served') throw new WebhookError(`tenants have no ${textAt(resource, 'resource')}`);
  return row;
}
