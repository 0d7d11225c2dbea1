/**
 * Tenants' CertificateSigningRequests for `kubezoo.io/tenant-client`. What the controller must be allowed upstream for this, beside being
 * able to read its CA's key:
 *
 *     - apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [get, list, watch]
 *     - apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval, certificatesigningrequests/status], verbs: [patch]
 *     - apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubezoo.io/tenant-client], verbs: [approve, sign]
 */
import type { Logger } from 'pino';
import { readAuthority } from '../../certs/read-authority.ts';
import { certifyTenantUser, TENANT_CERTIFICATE_VALIDITY_MS } from '../../certs/tenant-certificate.ts';
import { TENANT_CLIENT_SIGNER } from '../../names/signer.ts';
import { issueTimeFor } from '../../tenants/revocations.ts';
import type { TenantStore } from '../../tenants/store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { follow } from '../../upstream/follow.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { WorkQueue } from '../queue.ts';
import type { CredentialSettings } from '../steps/step.ts';
import { type Judgement, judgeRequest } from './judge-request.ts';
import { isOpen, requesterOf, SIGNING_REQUESTS, type SigningRequest } from './signing-request.ts';

export interface RequestDeps {
  readonly store: Pick<TenantStore, 'get'>;
  readonly upstream: UpstreamClient;
  /** Whether the tenant lives in that cluster: whoever rules another must not be able to ask in its name. Undefined: all do. */
  readonly isOurs?: ((tenant: Tenant) => boolean) | undefined;
  readonly credentials: CredentialSettings;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const WORKERS = 2;

/** Answers them until the signal aborts; resolves when the work in hand is done. One watch for all tenants. */
export async function answerRequests(deps: RequestDeps, signal: AbortSignal): Promise<void> {
  const queue = new WorkQueue({
    workers: WORKERS,
    work: (name) => answerRequest(deps, name).then(() => undefined),
    onError: (name, thrown, retryInMs) =>
      deps.log.error({ request: name, retryInMs: Math.round(retryInMs), err: thrown }, 'signing failed'),
  });
  try {
    await follow(deps.upstream, SIGNING_REQUESTS, {
      query: { fieldSelector: `spec.signerName=${TENANT_CLIENT_SIGNER}` },
      wholeObjects: true,
      signal,
      onEvent: (type, object) => type !== 'DELETED' && queue.add(object.metadata.name),
      onError: (thrown) => deps.log.warn({ err: thrown }, 'watching certificate requests: again'),
    });
  } finally {
    await queue.stop();
  }
}

/** Takes one request a step further, from wherever it is. Throws UpstreamError, StoreError, fs's errors. */
export async function answerRequest({ store, upstream, isOurs, credentials, log }: RequestDeps, upstreamName: string): Promise<void> {
  const path = `${SIGNING_REQUESTS}/${encodeURIComponent(upstreamName)}`;
  try {
    const csr = await upstream.get<SigningRequest>(path);
    const requester = isOpen(csr) ? requesterOf(csr) : undefined;
    const tenant = requester && (await store.get(requester.tenantId));
    // Nobody's of ours: the platform may have requests of its own.
    if (!requester || !tenant?.metadata.uid || tenant.metadata.deletionTimestamp || isOurs?.(tenant) === false) return;
    const judgement = judgeRequest(csr, requester, tenant);
    if (judgement.action !== 'wait') log.info({ request: upstreamName, action: judgement.action }, 'a certificate request');
    await carryOut(upstream, path, csr, tenant, judgement, credentials);
  } catch (thrown) {
    // Somebody else was there first: what has come of that is told by the watch.
    if (!isUpstreamError(thrown, 'NotFound', 'Conflict')) throw thrown;
  }
}

async function carryOut(
  upstream: UpstreamClient,
  path: string,
  csr: SigningRequest,
  tenant: Tenant,
  judgement: Judgement,
  credentials: CredentialSettings,
): Promise<void> {
  const { resourceVersion } = csr.metadata;
  const withCondition = (type: string, reason: string, message: string) => ({
    metadata: { resourceVersion },
    // All of them: Kubernetes merges this list by no key, whatever kind of patch it is.
    status: { conditions: [...(csr.status?.conditions ?? []), { type, status: 'True', reason, message }] },
  });
  switch (judgement.action) {
    case 'wait':
      return;
    case 'approve':
      await upstream.patch(`${path}/approval`, withCondition('Approved', 'Renewal', 'for the user that asks, with groups that it has'));
      return;
    case 'fail':
      await upstream.patch(`${path}/status`, withCondition('Failed', judgement.reason, judgement.message));
      return;
    case 'sign': {
      const certificatePem = await sign(csr, tenant, judgement, credentials);
      const patch = certificatePem
        ? { metadata: { resourceVersion }, status: { certificate: Buffer.from(certificatePem).toString('base64') } }
        : withCondition('Failed', 'UserRevoked', 'certificates of this user are revoked for some time to come');
      await upstream.patch(`${path}/status`, patch);
    }
  }
}

/** PEM; undefined while the user may have none. */
async function sign(
  { spec }: SigningRequest,
  tenant: Tenant,
  { user, groups, publicKey }: Extract<Judgement, { action: 'sign' }>,
  credentials: CredentialSettings,
): Promise<string | undefined> {
  const { name: tenantId, uid } = tenant.metadata;
  const issuedAt = issueTimeFor(tenant, user, Date.now());
  if (issuedAt === undefined) return undefined;
  const longest = credentials.certificates ? credentials.certificates.validitySeconds * 1000 : TENANT_CERTIFICATE_VALIDITY_MS;
  const validityMs = Math.min(longest, (spec.expirationSeconds ?? Number.POSITIVE_INFINITY) * 1000);
  const authority = await readAuthority(credentials);
  return certifyTenantUser(authority, { tenantId, tenantUid: uid!, user, groups }, publicKey, { validityMs, issuedAt }).certificatePem;
}
