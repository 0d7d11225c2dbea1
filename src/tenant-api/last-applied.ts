/**
 * The way from kubectl's own apply to apply on the server and back, as the apiserver smooths it
 * (k8s.io/apimachinery/pkg/util/managedfields, lastappliedmanager.go and lastappliedupdater.go).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Tenant } from '../tenants/tenant.ts';
import { wantedFields } from './apply.ts';
import { checkObject } from './check-object.ts';
import { fieldsOf } from './field-paths.ts';
import type { FieldSet } from './fields-v1.ts';
import type { Writer } from './managed-fields.ts';
import { isObject, type JsonObject } from './read-body.ts';
import { TENANT_SCHEMA } from './schema.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Fields that kubectl may change here whoever owns them: those it applied itself, and nobody has changed since. They stand under
 * the name of its own apply, which is another manager's.
 */
export function forgivenConflicts(live: Tenant, writer: Writer): FieldSet {
  const lastApplied = readLastApplied(live);
  if (!isKubectl(writer) || lastApplied === undefined) return new Set();
  const [then, now] = [fieldsOf(lastApplied, TENANT_SCHEMA), fieldsOf(live, TENANT_SCHEMA)];
  const isUnchanged = (path: string) => isDeepStrictEqual(then.get(path)?.value, now.get(path)?.value);
  return new Set([...wantedFields(lastApplied)].filter(isUnchanged));
}

/** With the annotation, if there is one, by which kubectl knows its last configuration when it applies itself again. */
export function withLastApplied(live: Tenant, config: JsonObject, writer: Writer): Tenant {
  const { annotations } = live.metadata;
  if (!isKubectl(writer) || annotations?.[LAST_APPLIED] === undefined) return live;
  const metadata = { ...live.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${JSON.stringify(sorted(config))}\n` } };
  return { ...live, metadata };
}

function isKubectl({ manager, subresource }: Writer): boolean {
  return manager === 'kubectl' && subresource === '';
}

function readLastApplied({ metadata }: Tenant): Tenant | undefined {
  try {
    const lastApplied: unknown = JSON.parse(metadata.annotations?.[LAST_APPLIED] ?? 'null');
    return isObject(lastApplied) ? (checkObject(lastApplied, TENANT_SCHEMA).value as unknown as Tenant) : undefined;
  } catch {
    // Anybody may write anything there; then nothing is forgiven.
    return undefined;
  }
}

/** Keys in order, as Go writes maps. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
