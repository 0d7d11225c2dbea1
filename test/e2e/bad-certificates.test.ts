/** Certificates that the gateway must not take for a tenant's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, createAuthority } from '../../src/certs/authority.ts';
import { type CertificateRequest, issueCertificate } from '../../src/certs/issue-certificate.ts';
import { type Cluster, readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { ensureTenants } from '../../src/launch/stack/ensure-tenants.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';
import { assertStatus, sendRequest } from './bad-input/send-request.ts';

const NAMESPACES = { path: '/api/v1/namespaces/default' };
const UNAUTHORIZED = { code: 401, reason: 'Unauthorized', secrets: ['demo0', 'kubezoo:'] };

describe('bad certificates', () => {
  let stack: Stack;
  let gateway: Pick<Cluster, 'server' | 'ca'>;
  let authority: Authority;

  before(async function () {
    this.timeout(180_000);
    stack = await sharedStack();
    const { server, ca } = readKubeconfig(stack.kubeconfig('operator'));
    gateway = { server, ca };
    const read = (file: string) => readFileSync(join(stack.home.pkiDir, file), 'utf8');
    authority = { certificatePem: read('ca.crt'), keyPem: read('ca.key') };
  });

  async function send(request: Omit<CertificateRequest, 'client' | 'days'>, signer = authority) {
    const { certificatePem, keyPem } = await issueCertificate(signer, { ...request, client: true, days: 1 });
    return sendRequest({ ...gateway, clientCert: certificatePem, clientKey: keyPem }, NAMESPACES);
  }

  const good = { commonName: 'demo01:jane', organizations: ['demo01:tenant-admins'], organizationalUnit: 'demo01' };

  it('a tenant’s is taken', async () => {
    const answer = await send(good);
    assert.equal(answer.code, 200, answer.body);
  });

  const bad: Readonly<Record<string, Omit<CertificateRequest, 'client' | 'days'>>> = {
    'of a tenant that there is not': { commonName: 'qxzdd4:jane', organizations: ['qxzdd4:tenant-admins'], organizationalUnit: 'qxzdd4' },
    'with a name outside the tenant': { ...good, commonName: 'jane' },
    'with another tenant’s user': { ...good, commonName: 'demo02:admin' },
    'with another tenant’s group': { ...good, organizations: ['demo02:tenant-admins'] },
    'with a group of Kubernetes’ own': { ...good, organizations: ['system:masters'] },
    'with such a group inside the tenant': { ...good, organizations: ['demo01:system:masters'] },
    'with a ServiceAccount’s name': { ...good, commonName: 'demo01:system:serviceaccount:default:default' },
    'of no tenant and no operator': { commonName: 'admin', organizations: ['system:masters'] },
    'with an id that is none': { commonName: 'demo:jane', organizations: ['demo:x'], organizationalUnit: 'demo' },
    'of a tenant and the operator': { ...good, organizations: ['kubezoo:operators'] },
  };
  for (const [title, request] of Object.entries(bad)) {
    it(`${title}: 401`, async () => assertStatus(await send(request), UNAUTHORIZED));
  }

  it('of another authority: no connection', async () => {
    const stranger = await createAuthority({ commonName: 'kubezoo-tenants' });
    await assert.rejects(send(good, stranger));
  });

  it('of a tenant that has been deleted: 401', async function () {
    this.timeout(120_000);
    await ensureTenants(stack.home, ['qxzee5']);
    const deleted = readKubeconfig(stack.kubeconfig({ tenant: 'qxzee5' }));
    assert.equal((await sendRequest(deleted, NAMESPACES)).code, 200);
    await stack.mustKubectl(['delete', 'tenant', 'qxzee5', '--timeout=90s'], 'operator', { timeoutMs: 100_000 });
    assertStatus(await sendRequest(deleted, NAMESPACES), UNAUTHORIZED);
  });

  it('the operator’s, for a tenant’s resources: refused', async () => {
    const answer = await sendRequest(readKubeconfig(stack.kubeconfig('operator')), NAMESPACES);
    assertStatus(answer, { code: 404, reason: 'NotFound', secrets: ['demo0', 'kubezoo:'] });
  });

  it('upstream takes none of the tenant’s', async () => {
    const upstream = readKubeconfig(stack.kubeconfig('upstream'));
    const tenant = readKubeconfig(stack.kubeconfig({ tenant: 'demo01' }));
    const answer = await sendRequest({ ...tenant, server: upstream.server, ca: upstream.ca }, NAMESPACES);
    assert.ok([401, 403].includes(answer.code), answer.body);
  });
});
