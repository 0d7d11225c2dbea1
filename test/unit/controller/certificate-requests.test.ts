import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../../src/certs/authority.ts';
import { createCertificateRequest } from '../../../src/certs/certificate-request.ts';
import { answerRequest } from '../../../src/controller/requests/answer-requests.ts';
import { requesterOf, type SigningRequest } from '../../../src/controller/requests/signing-request.ts';
import { TENANT_API_VERSION, type Tenant } from '../../../src/tenants/tenant.ts';
import type { UpstreamClient } from '../../../src/upstream/upstream-client.ts';

const SIGNER = 'kubezoo.io/tenant-client';
const NAME = 'demo01-x';
const CREATED = '2026-01-01T00:00:10Z';

/** What upstream takes in the end is looked at in test/e2e/certificates; here, what each request leads to. */
describe('certificate requests of tenants', () => {
  let folder: string;
  let files: { servingCaFile: string; clientCaFile: string; clientCaKeyFile: string };
  let request: string;
  const requestOf = async (user: string, ...groups: string[]) => {
    const subject = [...groups.map((value) => ({ oid: '2.5.4.10', value })), { oid: '2.5.4.3', value: user }];
    return Buffer.from((await createCertificateRequest(subject)).requestPem).toString('base64');
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubezoo-requests-'));
    const authority = await createAuthority({ commonName: 'test-ca' });
    const [cert, key] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
    writeFileSync(cert, authority.certificatePem);
    writeFileSync(key, authority.keyPem);
    files = { servingCaFile: cert, clientCaFile: cert, clientCaKeyFile: key };
    request = await requestOf('jane', 'dev');
  });
  after(() => rmSync(folder, { recursive: true }));

  const tenant = (more: Partial<Tenant> = {}): Tenant => ({
    apiVersion: TENANT_API_VERSION,
    kind: 'Tenant',
    metadata: { name: 'demo01', uid: 'uid-1' },
    spec: {},
    ...more,
  });
  const csr = (spec: Partial<SigningRequest['spec']> = {}, more: Partial<SigningRequest> = {}): SigningRequest => ({
    metadata: { name: NAME, resourceVersion: '7', creationTimestamp: CREATED },
    spec: {
      ...{ signerName: SIGNER, request, usages: ['client auth'] },
      ...{ username: 'kubezoo:demo01:jane', groups: ['kubezoo:demo01:dev', 'kubezoo:demo01:system:authenticated', 'system:authenticated'] },
      ...spec,
    },
    ...more,
  });
  const approved: Partial<SigningRequest> = { status: { conditions: [{ type: 'Approved', status: 'True' }] } };

  /** Path and status of the one patch that it leads to, if any. */
  async function answered(found: SigningRequest, of: Tenant | undefined = tenant()) {
    const patches: { path: string; status: NonNullable<SigningRequest['status']> }[] = [];
    const upstream = {
      get: async () => found,
      patch: async (path: string, { status }: { status: NonNullable<SigningRequest['status']> }) => patches.push({ path, status }),
    } as unknown as UpstreamClient;
    const store = { get: async (id: string) => (id === 'demo01' ? of : undefined) };
    const credentials = { gatewayUrl: 'https://g', ...files, certificates: { validitySeconds: 7200 } };
    const isOurs = ({ spec }: Tenant) => spec.upstream === undefined;
    await answerRequest({ store, upstream, isOurs, credentials, log: { info() {}, warn() {}, error() {} } as never }, found.metadata.name);
    assert.ok(patches.length <= 1);
    return patches[0] && { sub: patches[0].path.split('/').at(-1), last: patches[0].status.conditions?.at(-1)?.type, ...patches[0].status };
  }

  it('for the very user that asks, with no more groups, are approved', async () => {
    const answer = await answered(csr());
    assert.deepEqual([answer?.sub, answer?.last], ['approval', 'Approved']);
    assert.equal((await answered(csr({ request: await requestOf('jane') })))?.last, 'Approved');
  });

  it('for another user, or more groups, wait', async () => {
    for (const subject of [['joan'], ['jane', 'dev', 'ops'], ['jane', 'tenant-admins']] as const) {
      assert.equal(await answered(csr({ request: await requestOf(...(subject as [string])) })), undefined);
    }
    assert.equal(await answered(csr({ username: 'kubezoo:demo01:system:serviceaccount:default:x' })), undefined);
  });

  it('that are approved are signed, for the tenant of whoever asked', async () => {
    const answer = await answered(csr({ request: await requestOf('joan', 'ops') }, approved));
    assert.equal(answer?.sub, 'status');
    const certificate = new X509Certificate(Buffer.from(answer!.certificate!, 'base64'));
    assert.match(certificate.subject, /^O=demo01:ops\nOU=demo01\nserialNumber=uid-1\/\S+\nCN=demo01:joan$/);
    assert.ok(Math.abs(certificate.validToDate.getTime() - Date.now() - 7_200_000) < 60_000);
  });

  it('are valid no longer than they ask, nor than the platform lets them be', async () => {
    for (const [expirationSeconds, expected] of [
      [600, 600],
      [86_400, 7200],
    ] as const) {
      const { certificate } = (await answered(csr({ expirationSeconds }, approved)))!;
      const { validToDate } = new X509Certificate(Buffer.from(certificate!, 'base64'));
      assert.ok(Math.abs(validToDate.getTime() - Date.now() - expected * 1000) < 60_000);
    }
  });

  const notOurs: [string, SigningRequest][] = [
    ['of another signer', csr({ signerName: 'demo01-example.com/x' }, approved)],
    ['whose name is another tenant’s than whoever made it', csr({}, { ...approved, metadata: { name: 'demo02-x' } })],
    ['whose name only begins alike', csr({}, { ...approved, metadata: { name: 'demo012-x' } })],
    ['whose maker is another tenant’s', csr({ username: 'kubezoo:demo02:jane' }, approved)],
    ['whose maker is nobody’s', csr({ username: 'jane' }, approved)],
    ['whose maker only looks like a tenant’s', csr({ username: 'kubezoo:demo01' }, approved)],
    ['whose maker has no name', csr({ username: 'kubezoo:demo01:' }, approved)],
    ['that have a certificate', csr({}, { status: { ...approved.status, certificate: 'x' } })],
    ['that were denied', csr({}, { status: { conditions: [{ type: 'Approved' }, { type: 'Denied', status: 'True' }] } })],
    ['that have failed', csr({}, { status: { conditions: [{ type: 'Approved' }, { type: 'Failed', status: 'True' }] } })],
  ];
  for (const [what, found] of notOurs) it(`are left alone: ${what}`, async () => assert.equal(await answered(found), undefined));

  it('of a tenant that there is not, or not for long, are left alone', async () => {
    const gone = tenant({ metadata: { name: 'demo01', uid: 'uid-1', deletionTimestamp: CREATED } });
    assert.equal(await answered(csr({}, approved), gone), undefined);
    const unknown = csr({ username: 'kubezoo:demo09:jane' }, { ...approved, metadata: { name: 'demo09-x' } });
    assert.equal(await answered(unknown), undefined);
  });

  it('in the name of a tenant that lives in another cluster are left alone', async () => {
    assert.equal(await answered(csr({}, approved), tenant({ spec: { upstream: 'west' } })), undefined);
  });

  it('fail when whoever asked, or whom they are for, is revoked', async () => {
    const revoking = (user: string, before: string) => tenant({ spec: { revocations: [{ user, before }] } });
    for (const found of [csr(), csr({}, approved)]) {
      const answer = await answered(found, revoking('jane', '2026-01-01T00:00:10.001Z'));
      assert.deepEqual([answer?.sub, answer?.last], ['status', 'Failed']);
    }
    assert.equal((await answered(csr(), revoking('jane', CREATED)))?.last, 'Approved');
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const forJoan = csr({ request: await requestOf('joan') }, approved);
    const answer = await answered(forJoan, revoking('joan', later));
    assert.deepEqual([answer?.last, answer?.certificate], ['Failed', undefined]);
  });

  it('fail for names that are Kubernetes’ to give, and keep what was said of them', async () => {
    for (const subject of [['system:admin'], ['jane', 'system:masters'], ['']] as const) {
      const found = csr({ request: await requestOf(...(subject as [string])) }, approved);
      const answer = await answered(found);
      assert.deepEqual(
        answer?.conditions?.map(({ type }) => type),
        ['Approved', 'Failed'],
      );
    }
  });

  it('say whose they are by both name and maker', () => {
    assert.deepEqual(requesterOf(csr()), { tenantId: 'demo01', user: 'jane', groups: ['dev', 'system:authenticated'] });
    assert.equal(requesterOf(csr({ username: 'kubezoo:system:jane' }, { metadata: { name: 'system-x' } })), undefined);
  });
});
