import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createAuthority } from '../../../src/certs/authority.ts';
import { newCertificateNumber, parseSerialNumber } from '../../../src/certs/certificate-number.ts';
import { createCertificateRequest } from '../../../src/certs/certificate-request.ts';
import { isRevoked } from '../../../src/tenants/revocations.ts';
import { TENANT_API_VERSION } from '../../../src/tenants/tenant.ts';
import { type Answer, ApiClient } from './api-client.ts';

const YEAR = 365 * 86_400;
const toBase64 = (text: string) => Buffer.from(text).toString('base64');

describe('Tenant API: certificates', () => {
  let api: ApiClient;
  let request: string;
  let authority: Awaited<ReturnType<typeof createAuthority>>;
  let isKeyThere = true;

  before(async () => {
    authority = await createAuthority({ commonName: 'test-ca' });
    request = toBase64((await createCertificateRequest([{ oid: '2.5.4.3', value: 'whatever' }])).requestPem);
    const read = async () => {
      if (!isKeyThere) throw new Error('EACCES: /etc/secret');
      return authority;
    };
    api = await new ApiClient().start({ certificates: { authority: read, validitySeconds: () => YEAR } });
    await api.created('demo01');
  });
  after(() => api.server.close());

  const ask = (spec: object, path = 'demo01/certificates'): Promise<Answer> =>
    api.request('POST', path, { apiVersion: TENANT_API_VERSION, kind: 'TenantCertificate', spec });
  const certificateOf = ({ body }: Answer) => new X509Certificate(Buffer.from(body.status.certificate, 'base64'));

  it('are made for a key whose owner has sent no more than its public part', async () => {
    const answer = await ask({ request, user: 'jane', groups: ['dev', 'ops'], expirationSeconds: 3600 });
    assert.equal(answer.code, 201, answer.text);
    const certificate = certificateOf(answer);
    assert.ok(certificate.verify(new X509Certificate(authority.certificatePem).publicKey));
    const subject = certificate.subject.split('\n');
    assert.deepEqual(subject.slice(0, 3), ['O=demo01:dev', 'O=demo01:ops', 'OU=demo01']);
    assert.equal(subject.at(-1), 'CN=demo01:jane');
    const { metadata } = (await api.store.get('demo01'))!;
    const serial = parseSerialNumber(/^serialNumber=(.*)$/m.exec(certificate.subject)![1]!);
    assert.equal(serial?.tenantUid, metadata.uid);
    assert.equal(serial?.number, answer.body.status.number);
    assert.equal(new Date(answer.body.status.notAfter).getTime(), certificate.validToDate.getTime());
    assert.ok(Math.abs(certificate.validToDate.getTime() - Date.now() - 3_600_000) < 60_000);
  });

  it('are valid no longer than the platform lets them be', async () => {
    const { validToDate } = certificateOf(await ask({ request, user: 'jane', expirationSeconds: 10 * YEAR }));
    assert.ok(Math.abs(validToDate.getTime() - Date.now() - YEAR * 1000) < 60_000);
  });

  it('are not made in a dry run, which checks all the same', async () => {
    const answer = await ask({ request, user: 'jane' }, 'demo01/certificates?dryRun=All');
    assert.deepEqual([answer.code, answer.body.status], [201, {}]);
    assert.equal((await ask({ request, user: 'system:x' }, 'demo01/certificates?dryRun=All')).code, 422);
  });

  const invalid: [string, object, RegExp][] = [
    ['no user', {}, /spec.user: Required value/],
    ['an empty user', { user: '' }, /spec.user: Invalid value: "": must not be empty/],
    ['a user of Kubernetes’ own', { user: 'system:admin' }, /spec.user: Invalid value: "system:admin": names that begin with "system:"/],
    ['a user that no header can hold', { user: 'jäne' }, /spec.user: .*printable ASCII/],
    ['a user with a space at its end', { user: 'jane ' }, /spec.user: .*printable ASCII/],
    ['a user that is too long', { user: 'j'.repeat(247) }, /spec.user: .*no more than 246/],
    ['a group of Kubernetes’ own', { user: 'jane', groups: ['dev', 'system:masters'] }, /spec.groups\[1\]: .*"system:"/],
    ['an empty group', { user: 'jane', groups: [''] }, /spec.groups\[0\]: .*must not be empty/],
    ['groups without end', { user: 'jane', groups: Array(65).fill('g') }, /spec.groups: Too many: 65/],
    ['no request', { user: 'jane', request: '' }, /spec.request: .*PEM/],
    ['a request that is none', { user: 'jane', request: toBase64('x') }, /spec.request: .*PEM/],
    ['ten seconds', { user: 'jane', expirationSeconds: 10 }, /spec.expirationSeconds: .*greater than or equal to 600/],
    ['a user that is a number', { user: 7 }, /spec.user: .*must be of type string/],
  ];
  for (const [what, spec, message] of invalid) {
    it(`refuse ${what}`, async () => {
      const { code, body } = await ask({ request, ...spec });
      assert.deepEqual([code, body.reason], [422, 'Invalid'], body.message);
      assert.match(body.message, /^TenantCertificate.tenant.kubezoo.io "(demo01)?" is invalid: /);
      assert.match(body.message, message);
    });
  }

  it('refuse other tenants than there are, other names, other kinds, other verbs', async () => {
    assert.equal((await ask({ request, user: 'jane' }, 'demo09/certificates')).code, 404);
    const body = { apiVersion: TENANT_API_VERSION, kind: 'TenantCertificate', spec: { request, user: 'jane' } };
    assert.equal((await api.request('POST', 'demo01/certificates', { ...body, metadata: { name: 'demo02' } })).code, 400);
    assert.equal((await api.request('POST', 'demo01/certificates', { ...body, kind: 'Tenant' })).code, 422);
    assert.equal((await api.request('POST', 'demo01/certificates', { ...body, apiVersion: 'v1' })).code, 400);
    assert.equal((await api.get('demo01/certificates')).code, 405);
    assert.equal((await api.request('POST', 'demo01/certificates?fieldValidation=Strict', { ...body, x: 1 })).code, 400);
  });

  it('are not made for who is locked out, nor for a tenant on its way out', async () => {
    await api.created('demo03');
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await api.patch('demo03', { spec: { revocations: [{ user: 'jane', before: later }] } });
    const refused = await ask({ request, user: 'jane' }, 'demo03/certificates');
    assert.deepEqual([refused.code, refused.body.reason], [403, 'Forbidden']);
    assert.match(refused.body.message, /"jane" are revoked for some time to come/);
    assert.equal((await ask({ request, user: 'joan' }, 'demo03/certificates')).code, 201);
    await api.patch('demo03', { metadata: { finalizers: ['example.com/x'] } });
    await api.request('DELETE', 'demo03');
    assert.equal((await ask({ request, user: 'joan' }, 'demo03/certificates')).code, 403);
  });

  it('say, without a word of files, when the key cannot be read', async () => {
    isKeyThere = false;
    const { code, text } = await ask({ request, user: 'jane' });
    isKeyThere = true;
    assert.equal(code, 503);
    assert.doesNotMatch(text, /EACCES|secret/);
  });
});

describe('Tenant API: revocations', () => {
  let api: ApiClient;
  before(async () => {
    api = await new ApiClient().start();
    await api.created('demo01');
  });
  after(() => api.server.close());

  const revoke = (spec: object, path = 'demo01/revocations') =>
    api.request('POST', path, { apiVersion: TENANT_API_VERSION, kind: 'TenantRevocation', spec });
  const kept = async () => (await api.store.get('demo01'))!.spec.revocations;

  it('take what was made up to this very moment, and nothing that is made then', async () => {
    const early = Date.now();
    const { code, body } = await revoke({ user: 'jane' });
    assert.equal(code, 201);
    const tenant = (await api.store.get('demo01'))!;
    assert.deepEqual(tenant.spec.revocations, [{ user: 'jane', before: body.status.before }]);
    assert.equal(tenant.metadata.generation, 2);
    assert.equal(isRevoked(tenant, { user: 'jane', issuedAt: early }), true);
    assert.equal(isRevoked(tenant, { user: 'jane', issuedAt: Date.parse(body.status.before) }), false);
  });

  it('replace what they make superfluous', async () => {
    const number = newCertificateNumber({ issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 });
    await revoke({ certificate: number });
    assert.equal((await kept())?.length, 2);
    const { body } = await revoke({});
    assert.deepEqual(await kept(), [{ before: body.status.before }]);
  });

  it('are kept though others write at the same time', async () => {
    const users = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(users.map((user) => revoke({ user })));
    assert.deepEqual(
      answers.map(({ code }) => code),
      users.map(() => 201),
    );
    assert.deepEqual((await kept())?.flatMap(({ user }) => user ?? []).sort(), users);
  });

  it('write nothing in a dry run', async () => {
    const before = await kept();
    assert.equal((await revoke({}, 'demo01/revocations?dryRun=All')).code, 201);
    assert.deepEqual(await kept(), before);
  });

  it('refuse what is no number, nobody, and no tenant', async () => {
    assert.equal((await revoke({ certificate: '17' })).code, 422);
    assert.equal((await revoke({ user: '' })).code, 422);
    assert.equal((await revoke({}, 'demo09/revocations')).code, 404);
    assert.equal((await api.patch('demo01', { spec: { revocations: [{ certificate: 'x' }] } })).code, 422);
    assert.equal((await api.patch('demo01', { spec: { revocations: [{ user: 'jane' }] } })).code, 422);
    const many = Array.from({ length: 1001 }, () => ({ before: '2026-01-01T00:00:00Z' }));
    assert.match((await api.patch('demo01', { spec: { revocations: many } })).body.message, /Too many: 1001: must have at most 1000 items/);
  });
});
