/** The admin's certificate is renewed by itself, though nobody touches the tenant. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { lifeOfNumber } from '../../../src/certs/certificate-number.ts';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { type CertificateStand, openCertificateStand } from './support/certificate-stand.ts';

const TENANT = 'renew1';
const VALIDITY_S = 9;

describe('renewal', () => {
  let stand: CertificateStand;
  let config: string;

  before(async function () {
    this.timeout(180_000);
    stand = await openCertificateStand();
    const { home, processes } = stand.stack;
    config = readFileSync(home.config, 'utf8');
    writeFileSync(home.config, JSON.stringify({ ...JSON.parse(config), certificates: { validitySeconds: VALIDITY_S } }));
    await processes.process('controller').restart();
  });
  after(async () => {
    if (!stand) return;
    const { home, processes, kubectl } = stand.stack;
    writeFileSync(home.config, config);
    await processes.process('controller').restart();
    await kubectl(['delete', 'tenant', TENANT, '--wait=false'], 'operator');
    stand.close();
  });

  const admin = (): Cluster => readKubeconfig(stand.stack.kubeconfig({ tenant: TENANT }));
  const credentials = async () => {
    const { status } = JSON.parse(await stand.stack.mustKubectl(['get', 'tenant', TENANT, '-o', 'json'], 'operator')) as Tenant;
    return { certificate: status!.credentials!.certificate!, notAfter: Date.parse(status!.credentials!.notAfter) };
  };

  it('comes before the end, again and again, and the old certificate ends on open connections too', async () => {
    await makeTenant(stand.stack, TENANT);
    const old = admin();
    const { subject, validToDate } = new X509Certificate(old.clientCert!);
    const connected = new KubeClient(old);
    const ask = async () => (await connected.request('GET', '/api/v1/namespaces')).status;
    assert.equal(await ask(), 200);
    let last = { certificate: subject.match(/\/(\S+)$/m)![1]!, notAfter: validToDate.getTime() };
    for (let renewal = 1; renewal <= 2; renewal++) {
      const before = last;
      last = await waitUntil(
        'the renewal',
        async () => {
          const now = await credentials();
          return now.certificate !== before.certificate && now;
        },
        { timeoutMs: 60_000, intervalMs: 200 },
      );
      assert.ok(lifeOfNumber(last.certificate)!.issuedAt < before.notAfter, 'there was time left');
      assert.ok(last.notAfter > before.notAfter);
      await waitUntil('a kubeconfig that works', async () => (await stand.statusOf(admin())) === 200, { timeoutMs: 10_000 });
    }
    assert.notEqual(admin().clientCert, old.clientCert);
    await waitUntil('the end', () => Date.now() > validToDate.getTime() + 1_000, { timeoutMs: VALIDITY_S * 1_000 });
    // An answer at all is one on the old connection: a new one is not made.
    assert.equal(await ask(), 401);
    connected.close();
    await assert.rejects(stand.statusOf(old), /alert certificate expired/);
  });

  it('leaves those that last', async () => {
    const before = readFileSync(stand.stack.kubeconfig({ tenant: 'demo01' }), 'utf8');
    const patch = JSON.stringify({ spec: { revocations: [{ user: 'nobody', before: '2026-01-01T00:00:00Z' }] } });
    const changed = JSON.parse(
      await stand.stack.mustKubectl(['patch', 'tenant', 'demo01', '--type=merge', '-p', patch, '-o', 'json'], 'operator'),
    ) as Tenant;
    const seen = async () => JSON.parse(await stand.stack.mustKubectl(['get', 'tenant', 'demo01', '-o', 'json'], 'operator')) as Tenant;
    await waitUntil('the controller', async () => (await seen()).status?.observedGeneration === changed.metadata.generation, {
      timeoutMs: 20_000,
    });
    assert.equal(readFileSync(stand.stack.kubeconfig({ tenant: 'demo01' }), 'utf8'), before);
  });
});
