import type { ServerResponse } from 'node:http';
import { lifeOfNumber } from '../../certs/certificate-number.ts';
import type { LocalRequest } from '../../local/local-request.ts';
import { withRevocation } from '../../tenants/revocations.ts';
import { StoreError } from '../../tenants/store.ts';
import { type Revocation, TENANT_API_VERSION } from '../../tenants/tenant.ts';
import { invalidTenant, notFound } from '../invalid.ts';
import { prepareUpdate, withOwners } from '../prepare-tenant.ts';
import type { WriteOptions } from '../request-options.ts';
import { send, setWarnings } from '../send.ts';
import { type TenantApiContext, timestamp } from '../tenant-api-context.ts';
import { problemsOfRevocation } from '../validate-spec.ts';
import { storeChange, writerOf } from '../write-tenant.ts';
import { readSubresource } from './read-subresource.ts';
import { TENANT_REVOCATION } from './schemas.ts';

const { kind } = TENANT_REVOCATION;
/** Of writes that somebody else came before. */
const ATTEMPTS = 10;

/**
 * `POST …/tenants/<id>/revocations`: one more entry of `spec.revocations`, with the time of this server's clock, in the place of those
 * that it makes superfluous. @throws KubeError, StoreError
 */
export async function createRevocation(
  context: TenantApiContext,
  request: LocalRequest,
  response: ServerResponse,
  tenantId: string,
): Promise<void> {
  const { mediaType, options, object, warnings } = await readSubresource(request, tenantId, TENANT_REVOCATION);
  const spec = object.spec as Pick<Revocation, 'user' | 'certificate'>;
  const now = context.now();
  // What was made in this very millisecond is revoked as well.
  const before = new Date(now.getTime() + 1).toISOString();
  const added: Revocation = { ...spec, ...(spec.certificate === undefined && { before }) };
  const causes = problemsOfRevocation(added, 'spec');
  if (causes.length > 0) throw invalidTenant(tenantId, causes, kind);
  await revoke(context, tenantId, added, options);
  setWarnings(response, warnings);
  const metadata = { name: tenantId, creationTimestamp: timestamp(now) };
  const status = added.before === undefined ? {} : { before };
  send(request, response, 201, mediaType, { apiVersion: TENANT_API_VERSION, kind, metadata, spec, status });
}

async function revoke(context: TenantApiContext, tenantId: string, added: Revocation, options: WriteOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const live = await context.store.get(tenantId);
    if (!live) throw notFound(tenantId);
    const revocations = withRevocation(live.spec?.revocations ?? [], added, lifeOfNumber, context.now().getTime());
    const { tenant, managers } = prepareUpdate(live, { ...live, spec: { ...live.spec, revocations } }, '');
    try {
      await storeChange(context, live, withOwners(live, tenant, managers, writerOf(context, options, '')), options.dryRun);
      return;
    } catch (thrown) {
      if (attempt === ATTEMPTS || !(thrown instanceof StoreError && thrown.reason === 'Conflict')) throw thrown;
    }
  }
}
