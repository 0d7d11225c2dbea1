import type { KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Authority } from '../../certs/authority.ts';
import { readCertificateRequest } from '../../certs/certificate-request.ts';
import { certifyTenantUser } from '../../certs/tenant-certificate.ts';
import { KubeError, type StatusCause } from '../../errors.ts';
import type { LocalRequest } from '../../local/local-request.ts';
import { problemOfCertifiedName } from '../../names/certified-name.ts';
import { issueTimeFor } from '../../tenants/revocations.ts';
import { TENANT_API_VERSION, TENANT_GROUP, type Tenant } from '../../tenants/tenant.ts';
import { invalidTenant, invalidValue, notFound } from '../invalid.ts';
import { send, setWarnings } from '../send.ts';
import { type CertificateDeps, type TenantApiContext, timestamp } from '../tenant-api-context.ts';
import { readSubresource } from './read-subresource.ts';
import { TENANT_CERTIFICATE } from './schemas.ts';

const { kind } = TENANT_CERTIFICATE;
const MAX_GROUPS = 64;

interface CertificateSpec {
  readonly request: string;
  readonly user: string;
  readonly groups?: readonly string[];
  readonly expirationSeconds?: number;
}

/** `POST …/tenants/<id>/certificates`. A dry run checks all and signs nothing. @throws KubeError */
export async function createCertificate(
  context: TenantApiContext,
  request: LocalRequest,
  response: ServerResponse,
  tenantId: string,
): Promise<void> {
  const { mediaType, options, object, warnings } = await readSubresource(request, tenantId, TENANT_CERTIFICATE);
  const spec = object.spec as CertificateSpec;
  const publicKey = checkSpec(tenantId, spec);
  const tenant = await context.store.get(tenantId);
  if (!tenant) throw notFound(tenantId);
  const { certificates } = context.deps;
  if (!certificates) throw notMadeHere(undefined);
  const authority = await readAuthorityOf(certificates);
  const now = context.now();
  const issuedAt = checkTenant(tenant, spec.user, now);
  const status = options.dryRun ? {} : sign(tenant, spec, publicKey, issuedAt, certificates, authority);
  setWarnings(response, warnings);
  const metadata = { name: tenantId, creationTimestamp: timestamp(now) };
  send(request, response, 201, mediaType, { apiVersion: TENANT_API_VERSION, kind, metadata, spec, status });
}

function sign(
  tenant: Tenant,
  { user, groups = [], expirationSeconds = Number.POSITIVE_INFINITY }: CertificateSpec,
  publicKey: KeyObject,
  issuedAt: number,
  { validitySeconds }: CertificateDeps,
  authority: Authority,
): object {
  const { name: tenantId, uid } = tenant.metadata;
  const validityMs = Math.min(expirationSeconds, validitySeconds()) * 1000;
  const whom = { tenantId, ...(uid && { tenantUid: uid }), user, groups };
  const { certificatePem, number, notAfter } = certifyTenantUser(authority, whom, publicKey, { validityMs, issuedAt });
  return { certificate: Buffer.from(certificatePem).toString('base64'), number, notAfter: timestamp(notAfter) };
}

function checkSpec(tenantId: string, { request, user, groups = [] }: CertificateSpec): KeyObject {
  const causes: StatusCause[] = [];
  const addName = (field: string, name: string) => {
    const problem = problemOfCertifiedName(name);
    if (problem !== undefined) causes.push(invalidValue(field, name, problem));
  };
  addName('spec.user', user);
  groups.forEach((group, index) => {
    addName(`spec.groups[${index}]`, group);
  });
  if (groups.length > MAX_GROUPS) {
    const message = `Too many: ${groups.length}: must have at most ${MAX_GROUPS} items`;
    causes.push({ reason: 'FieldValueTooMany', message, field: 'spec.groups' });
  }
  let publicKey: KeyObject | undefined;
  try {
    publicKey = readCertificateRequest(Buffer.from(request, 'base64').toString('latin1')).publicKey;
  } catch (thrown) {
    // Whatever it is, it is about what was sent.
    causes.push(invalidValue('spec.request', '…', thrown instanceof Error ? thrown.message : String(thrown)));
  }
  if (causes.length > 0) throw invalidTenant(tenantId, causes, kind);
  return publicKey!;
}

/** When the certificate is to say that it was made. */
function checkTenant(tenant: Tenant, user: string, now: Date): number {
  const { name } = tenant.metadata;
  const about = { name, group: TENANT_GROUP, kind: 'tenants' };
  if (tenant.metadata.deletionTimestamp) {
    throw new KubeError('Forbidden', `tenants.${TENANT_GROUP} "${name}" is forbidden: the tenant is being deleted`, about);
  }
  const issuedAt = issueTimeFor(tenant, user, now.getTime());
  if (issuedAt !== undefined) return issuedAt;
  const problem = `certificates of the user ${JSON.stringify(user)} are revoked for some time to come`;
  throw new KubeError('Forbidden', `tenants.${TENANT_GROUP} "${name}" is forbidden: ${problem}`, about);
}

async function readAuthorityOf({ authority }: CertificateDeps): Promise<Authority> {
  return authority().catch((cause: unknown) => {
    throw notMadeHere(cause);
  });
}

/** A platform may keep the key from the gateways: then the controller alone signs. */
function notMadeHere(cause: unknown): KubeError {
  const message = "this gateway cannot read the CA's key: certificates are made by the controller, for CertificateSigningRequests";
  return new KubeError('ServiceUnavailable', message, {}, { cause });
}
