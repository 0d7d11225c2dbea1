import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createAuthority } from '../../../src/certs/authority.ts';
import { renderKubeconfig } from '../../../src/certs/kubeconfig.ts';
import { registerTenantMetrics } from '../../../src/gateway/metrics/tenant-metrics.ts';
import { registerCertificateMetrics } from '../../../src/telemetry/certificate-metrics.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { samplesOf } from '../../helpers/prometheus-text.ts';

describe('Metrics of certificates', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-certificates-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('tell when each ends: a leaf, the last of a bundle, what a kubeconfig holds; 0 for what cannot be read', async () => {
    const [short, long] = await Promise.all([1, 30].map((days) => createAuthority({ commonName: 'x', days })));
    const endOf = (pem: string) => new X509Certificate(pem).validToDate.getTime() / 1000;
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const both = write('both.crt', short!.certificatePem + long!.certificatePem);
    const cluster = { server: 'https://127.0.0.1', caPem: long!.certificatePem, clusterName: 'a', user: 'b' };
    const withCertificate = renderKubeconfig({ ...cluster, certPem: short!.certificatePem, keyPem: short!.keyPem });
    const withToken = withCertificate.replace(/client-certificate-data: .*/, 'token: abc').replace(/client-key-data: .*/, '');
    const registry = new Registry();
    registerCertificateMetrics(registry, [
      { certificate: 'serving', file: both, form: 'leaf' },
      { certificate: 'client-ca', file: both, form: 'authorities' },
      { certificate: 'gone', file: join(folder, 'gone.crt'), form: 'leaf' },
      { certificate: 'upstream-gateway', upstream: 'default', file: write('kubeconfig', withCertificate), form: 'kubeconfig' },
      { certificate: 'upstream-gateway', upstream: 'west', file: write('token-kubeconfig', withToken), form: 'kubeconfig' },
    ]);
    const told = samplesOf(await registry.metrics(), 'kubezoo_certificate_expiry_timestamp_seconds');
    assert.deepEqual(
      told.map(({ labels, value }) => [Object.values(labels).join(' '), value]),
      [
        ['serving', endOf(short!.certificatePem)],
        ['client-ca', endOf(long!.certificatePem)],
        ['gone', 0],
        ['upstream-gateway default', endOf(short!.certificatePem)],
      ],
    );
  });

  it('count tenants’ by whether they should have been renewed', async () => {
    const now = Date.parse('2026-01-10T00:00:00Z');
    const ends = (notAfter: string, more = {}) => ({ metadata: { name: 'x', ...more }, status: { credentials: { notAfter } } }) as Tenant;
    const tenants = [
      ends('2026-01-20T00:00:00Z'),
      ends('2026-01-12T00:00:00Z'),
      ends('2026-01-09T00:00:00Z'),
      ends('2026-01-09T00:00:00Z', { deletionTimestamp: '2026-01-08T00:00:00Z' }),
      { metadata: { name: 'y' } } as Tenant,
    ];
    const registry = new Registry();
    registerTenantMetrics(registry, { all: () => tenants }, { validitySeconds: 9 * 86_400 }, () => now);
    const text = await registry.metrics();
    const states = samplesOf(text, 'kubezoo_tenant_certificates').map(({ labels, value }) => [labels.state, value]);
    assert.deepEqual(states, [
      ['current', 1],
      ['due', 1],
      ['expired', 1],
    ]);
    assert.deepEqual(samplesOf(text, 'kubezoo_tenants')[0]?.value, 5);
  });
});
