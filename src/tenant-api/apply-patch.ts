/** Server-side apply as a patch: it says what the applier wants, and nothing else. */
import { KubeError } from '../errors.ts';
import { TENANT_API_VERSION, type Tenant } from '../tenants/tenant.ts';
import { applyConfig } from './apply.ts';
import { notFound } from './invalid.ts';
import { forgivenConflicts, withLastApplied } from './last-applied.ts';
import { readManagers, type Writer } from './managed-fields.ts';
import { parseYaml } from './parse-text.ts';
import { checkVersion, type Patch } from './patch.ts';
import { prepareCreate, prepareUpdate, withManagers } from './prepare-tenant.ts';
import { checkTenant, parseObject } from './read-body.ts';
import type { WriteOptions } from './request-options.ts';
import { checkName, type Subresource } from './write-tenant.ts';

export const APPLY_PATCH = 'application/apply-patch+yaml';

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
      const forgiven = forgivenConflicts(target, writer);
      const { tenant, managers } = applyConfig(
        withLastApplied(target, value, writer),
        config,
        managersBefore,
        writer,
        options.force,
        forgiven,
      );
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
