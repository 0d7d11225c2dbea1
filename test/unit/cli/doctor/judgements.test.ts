import assert from 'node:assert/strict';
import { createAuthority } from '../../../../src/certs/authority.ts';
import { judgeCertificate, judgeTenantCertificates } from '../../../../src/cli/doctor/checks/certificates.ts';
import { judgeClock, skewOf } from '../../../../src/cli/doctor/checks/clocks.ts';
import { judgeEnvoyVersion } from '../../../../src/cli/doctor/checks/envoy-version.ts';
import { judgeEtcdVersion } from '../../../../src/cli/doctor/checks/etcd.ts';
import { judgeTenants } from '../../../../src/cli/doctor/checks/tenants.ts';
import { judgeVersion } from '../../../../src/cli/doctor/checks/upstream-version.ts';
import { attributesOf, excessOf } from '../../../../src/cli/doctor/rights.ts';
import { GATEWAY_RBAC } from '../../../../src/launch/embedded/gateway-rbac.ts';
import { ENVOY_VERSION } from '../../../../src/launch/tools/find-envoy.ts';
import { sampleTenant } from '../sample-tenant.ts';

const levelsOf = (findings: readonly { level: string }[]) => findings.map(({ level }) => level);

describe('the doctor judges', () => {
  it('clocks, as far as a header that leaves out the milliseconds lets it', () => {
    // Right, or as right as can be known.
    assert.equal(skewOf(10_000, 10_100, 10_200), 0);
    assert.equal(skewOf(10_000, 10_900, 11_100), 0);
    // Ahead, and behind, by no more than is certain.
    assert.equal(skewOf(15_000, 10_000, 10_100), 4_900);
    assert.equal(skewOf(5_000, 10_000, 10_100), -4_001);
    assert.deepEqual(
      [2_000, -2_000].map((skew) => judgeClock('etcd', skew).level),
      ['ok', 'ok'],
    );
    assert.match(judgeClock('etcd', 2_600).message, /etcd is 3 s ahead of this machine/);
    assert.match(judgeClock('etcd', -4_001).message, /4 s behind/);
    assert.equal(judgeClock('etcd', -4_001).level, 'warning');
  });

  it('versions', () => {
    assert.deepEqual(levelsOf([judgeVersion('v1.37.2', 1, 37), judgeVersion('v1.29.9', 1, 29), judgeVersion('v1.38.0', 1, 38)].flat()), [
      'ok',
      'failure',
      'warning',
    ]);
    const [major, minor = 0] = ENVOY_VERSION.split('.').map(Number);
    const envoy = (version: string) => judgeEnvoyVersion(version, 'x').level;
    assert.equal(envoy(`${major}.${minor}.7`), 'ok');
    assert.equal(envoy(`${major}.${minor - 1}.9`), 'failure');
    assert.equal(envoy(`${major}.${minor + 1}.0`), 'warning');
    const etcd = (version: string) => judgeEtcdVersion('x', version)[0]?.level ?? 'ok';
    assert.deepEqual(['3.7.0', '3.5.8', '3.5.7', '3.4.25', '3.4.24', '3.3.99', '2.3.8', '4.0.0'].map(etcd), [
      'ok',
      'ok',
      'failure',
      'ok',
      'failure',
      'failure',
      'failure',
      'ok',
    ]);
  });

  it('certificates, by the one that ends first', async () => {
    const [short, long] = await Promise.all(
      [5, 100].map(async (days) => (await createAuthority({ commonName: 'x', days })).certificatePem),
    );
    const now = Date.now();
    const judge = (pem: string, inDays = 0) => judgeCertificate('x', () => pem, now + inDays * 86_400_000).level;
    assert.equal(judge(long!), 'ok');
    assert.equal(judge(short!), 'warning');
    assert.equal(judge(long! + short!), 'warning');
    assert.equal(judge(long!, 101), 'failure');
    assert.equal(judge(''), 'failure');
  });
  it('certificates of tenants, in total', () => {
    const now = Date.parse('2026-11-01T00:00:00Z');
    const ending = (name: string, notAfter: string) => sampleTenant(name, { status: { credentials: { notAfter } } });
    const fine = ending('fine01', '2027-06-01T00:00:00Z');
    assert.match(judgeTenantCertificates([fine, sampleTenant('none01')], now).message, /tenants: 1, the first ends in 212 days/);
    assert.equal(judgeTenantCertificates([], now).level, 'ok');
    const late = judgeTenantCertificates([fine, ending('late01', '2026-11-09T00:00:00Z')], now);
    assert.deepEqual([late.level, late.message], ['warning', 'tenants: 1 of 2 end soon or have ended: late01 (8 days)']);
    assert.equal(judgeTenantCertificates([fine, ending('dead01', '2026-10-09T00:00:00Z')], now).level, 'failure');
  });

  it('tenants, when something takes long', () => {
    const now = Date.parse('2026-11-02T00:00:00Z');
    const pending = (name: string, creationTimestamp: string) =>
      sampleTenant(name, { metadata: { creationTimestamp }, status: { phase: 'Pending' } });
    assert.deepEqual(levelsOf(judgeTenants([sampleTenant('fine01'), pending('new001', '2026-11-01T23:59:00Z')], now)), ['ok']);
    const [late] = judgeTenants([pending('old001', '2026-11-01T23:00:00Z')], now);
    assert.match(late?.message ?? '', /not ready for long: old001/);
    const [stuck] = judgeTenants([sampleTenant('gone01', { metadata: { deletionTimestamp: '2026-11-01T23:00:00Z' } })], now);
    assert.match(stuck?.message ?? '', /being deleted for long: gone01/);
  });

  it('each right in a rule, to be asked about', () => {
    const rule = { why: '', apiGroups: [''], resources: ['users', 'groups'], resourceNames: ['a'], verbs: ['impersonate'] };
    assert.deepEqual(attributesOf(rule), [
      { group: '', resource: 'users', name: 'a', verb: 'impersonate' },
      { group: '', resource: 'groups', name: 'a', verb: 'impersonate' },
    ]);
    assert.deepEqual(attributesOf({ why: '', nonResourceURLs: ['/api', '/apis'], verbs: ['get'] }), [
      { path: '/api', verb: 'get' },
      { path: '/apis', verb: 'get' },
    ]);
  });

  it('rights that are more than needed', () => {
    const { rules } = GATEWAY_RBAC[0].object;
    assert.deepEqual(excessOf(rules, rules), []);
    const excess = (...more: Parameters<typeof excessOf>[0]) => excessOf([...rules, ...more], rules);
    assert.deepEqual(excess({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), ['* *.*']);
    assert.deepEqual(excess({ verbs: ['*'], nonResourceURLs: ['*'] }), ['* *']);
    assert.deepEqual(excess({ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }), ['get secrets']);
    assert.deepEqual(excess({ verbs: ['create'], apiGroups: ['apps'], resources: ['deployments'] }), ['create deployments.apps']);
    // What a wider rule has, is no more.
    assert.deepEqual(excess({ verbs: ['list'], apiGroups: [''], resources: ['secrets'] }), []);
    assert.deepEqual(excess({ verbs: ['get'], nonResourceURLs: ['/healthz'] }), []);
    assert.deepEqual(excess({ verbs: ['get'], nonResourceURLs: ['/metrics'] }), ['get /metrics']);
  });
});
