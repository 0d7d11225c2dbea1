/** The label that says whose an object is. The tenant cannot see it, take it off or change it. */
import { KubeError } from '../../errors.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { Capture, KeyRule } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { translateKeys } from './reserved-keys.ts';

/** `object`: whole, or of an apply patch; the others are patches, which keep what they do not name. */
export type LabelledForm = 'object' | 'merge' | 'strategic';

/**
 * @param body an object, or a patch that looks like one, in upstream's spelling; returned with the label wherever it would
 *   otherwise get lost
 * @throws KubeError BadRequest for a merge patch that takes off all labels: it cannot also put one on
 */
export function withTenantLabel(body: unknown, tenantId: string, form: LabelledForm): unknown {
  if (!isJsonObject(body) || !isJsonObject(body.metadata)) return body;
  return { ...body, metadata: labelMetadata(body.metadata, tenantId, form) };
}

export function labelMetadata(metadata: JsonObject, tenantId: string, form: LabelledForm): JsonObject {
  const isNamed = Object.hasOwn(metadata, 'labels');
  if (form !== 'object' && !isNamed) return metadata;
  const { labels } = metadata;
  if (form === 'merge' && labels === null) {
    throw new KubeError('BadRequest', 'metadata.labels: the labels of this object cannot be removed all at once, name each of them');
  }
  return { ...metadata, labels: labelLabels(labels, tenantId, form) };
}

export function labelLabels(labels: unknown, tenantId: string, form: LabelledForm): unknown {
  if (labels !== undefined && labels !== null && !isJsonObject(labels)) return labels;
  const isEmptied = form === 'strategic' && (labels === null || labels?.$patch === 'delete');
  return { ...(isEmptied ? { $patch: 'replace' } : labels), [TENANT_LABEL]: tenantId };
}

/** Cluster-scoped objects often have no other label: what is shown then has no `labels` at all, as it was written. */
export function labelsToTenant(labelKey: KeyRule): Capture {
  return {
    run(json, context) {
      const labels = parseLossless(json);
      if (!isJsonObject(labels)) return json;
      const shown = translateKeys(labels, (key) => labelKey(key, context));
      return Object.keys(shown).length > 0 ? printLossless(shown) : null;
    },
  };
}
