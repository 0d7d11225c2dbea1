/** What becomes of a tenant's CertificateSigningRequest. Pure. */
import type { KeyObject } from 'node:crypto';
import { readCertificateRequest } from '../../certs/certificate-request.ts';
import { problemOfCertifiedName } from '../../names/certified-name.ts';
import { isRevoked } from '../../tenants/revocations.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { isApproved, type Requester, type SigningRequest } from './signing-request.ts';

export type Judgement =
  | { readonly action: 'fail'; readonly reason: string; readonly message: string }
  | { readonly action: 'approve' }
  /** For somebody of the tenant to approve. */
  | { readonly action: 'wait' }
  | { readonly action: 'sign'; readonly user: string; readonly groups: readonly string[]; readonly publicKey: KeyObject };

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
/** What a client certificate is good for, whatever the key is. */
const USAGES: readonly string[] = ['client auth', 'digital signature', 'key encipherment'];
const MAX_GROUPS = 64;

/**
 * A request is approved by itself when it is for the very user that makes it, with no groups that he does not have: he renews what he
 * has. Anything else waits for somebody whom the tenant's own RBAC lets `approve` for this signer.
 */
export function judgeRequest(csr: SigningRequest, requester: Requester, tenant: Tenant): Judgement {
  const { usages = [], request } = csr.spec;
  const unknown = usages.filter((usage) => !USAGES.includes(usage));
  if (unknown.length > 0 || !usages.includes('client auth')) {
    return fail('UsagesNotPermitted', `usages must hold "client auth", and none but ${USAGES.map((usage) => `"${usage}"`).join(', ')}`);
  }
  let subject: ReturnType<typeof subjectOf>;
  try {
    subject = subjectOf(request);
  } catch (thrown) {
    return fail('RequestNotPermitted', `spec.request: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  // Whoever has a stolen certificate may have asked for a new one just before it was revoked.
  if (isRevoked(tenant, { user: requester.user, issuedAt: Date.parse(csr.metadata.creationTimestamp ?? '') || 0 })) {
    return fail('RequesterRevoked', 'credentials of whoever asked have been revoked since: ask again with new ones');
  }
  if (isApproved(csr)) return { action: 'sign', ...subject };
  const isRenewal = subject.user === requester.user && subject.groups.every((group) => requester.groups.includes(group));
  return { action: isRenewal ? 'approve' : 'wait' };
}

/** Throws an Error that says, in the tenant's words, what cannot be. */
function subjectOf(requestBase64: string): { user: string; groups: readonly string[]; publicKey: KeyObject } {
  const { subject, publicKey } = readCertificateRequest(Buffer.from(requestBase64, 'base64').toString('latin1'));
  const valuesOf = (oid: string) => subject.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
  const users = valuesOf(COMMON_NAME);
  const groups = [...new Set(valuesOf(ORGANIZATION))];
  if (users.length !== 1) throw new Error('the subject must have exactly one common name (CN): the user');
  // What is not known could mean another user or tenant to somebody who does.
  if (subject.some(({ oid }) => oid !== COMMON_NAME && oid !== ORGANIZATION)) {
    throw new Error('the subject may have a common name (CN) and organizations (O) only: a user and groups');
  }
  if (groups.length > MAX_GROUPS) throw new Error(`the subject may have ${MAX_GROUPS} organizations (O) at most`);
  for (const name of [...users, ...groups]) {
    const problem = problemOfCertifiedName(name);
    if (problem !== undefined) throw new Error(`the user or group ${JSON.stringify(name)}: ${problem}`);
  }
  return { user: users[0]!, groups, publicKey };
}

function fail(reason: string, message: string): Judgement {
  return { action: 'fail', reason, message };
}
