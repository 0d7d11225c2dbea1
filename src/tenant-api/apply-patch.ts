/** Server-side apply as a patch: it says what the applier wants, and nothing else. */
import { KubeError } from '../errors.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { applyConfig } from './apply.ts';
import { notFound } from './invalid.ts';
import { readManagers, type Writer } from './managed-fields.ts';
import { parseYaml } from './parse-text.ts';
import { checkVersion, type Patch } from './patch.ts';
import { prepareCreate, prepareUpdate, withManagers } from './prepare-tenant.ts';
import { checkTenant, isObject, type JsonObject, parseObject } from './read-body.ts';
import type { WriteOptions } from './request-options.ts';
import { checkName, type Subresource } from './write-tenant.ts';

export const APPLY_PATCH = 'application/apply-patch+yaml';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** @throws KubeError BadRequest, Invalid when the body is no configuration of a Tenant */
export function readApplyPatch(bytes: Buffer, name: string, writer: Writer, options: WriteOptions): Patch {
  const { value, duplicates } = parseObject(() => parseYaml(bytes), 'error decoding YAML');
  if (value.apiVersion !== TENANT_API_VERSION || value.kind !== 'Tenant') {
    throw new KubeError('BadRequest', `invalid object type: ${String(value.apiVersion ?? '/')}, Kind=${String(value.kind ?? '')}`);
  }
  const { object, warnings } = checkTenant(value, duplicates, options.validation);
  checkName(object, name);
  const config = ofSubresource(object as unknown as Tenant, writer.subresource);
  if (config.metadata.managedFields !== undefined) throw new KubeError('BadRequest', 'metadata.managedFields must be nil');
  return {
    warnings,
    applyTo(live) {
      if (!live && writer.subresource) throw notFound(name);
      if (live) checkVersion(config, live);
      const { resourceVersion: _, ...metadata } = config.metadata;
      const target = live ?? prepareCreate({ ...config, metadata }, writer.now);
      const managersBefore = readManagers(target.metadata.managedFields) ?? [];
      const { tenant, managers } = applyConfig(withLastApplied(target, value, writer), config, managersBefore, writer, options.force);
      return withManagers(live ? prepareUpdate(live, tenant, writer.subresource).tenant : target, managers);
    },
  };
}

/** The part of a configuration that counts there: apply neither writes nor owns the other. */
function ofSubresource({ status, ...config }: Tenant, subresource: Subresource): Tenant {
  if (subresource === '') return config;
  const { name, resourceVersion, managedFields } = config.metadata;
  const metadata = { name, ...(resourceVersion && { resourceVersion }), ...(managedFields && { managedFields }) };
  const { spec: _, ...rest } = config;
  return { ...rest, metadata, ...(status && { status }) } as Tenant;
}

/**
 * When kubectl applies here what it once applied itself, the annotation by which it would know its last configuration
 * follows, so that the way back is open: as the apiserver has it.
 */
function withLastApplied(live: Tenant, config: JsonObject, { manager, subresource }: Writer): Tenant {
  const { annotations } = live.metadata;
  if (manager !== 'kubectl' || subresource || annotations?.[LAST_APPLIED] === undefined) return live;
  const metadata = { ...live.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${JSON.stringify(sorted(config))}\n` } };
  return { ...live, metadata };
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
