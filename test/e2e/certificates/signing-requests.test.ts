/** CertificateSigningRequests for `kubezoo.io/tenant-client`, as a tenant's people make them: with kubectl. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateRequest } from '../../../src/certs/certificate-request.ts';
import { readKubeconfig as readParts, renderKubeconfig } from '../../../src/certs/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { As } from '../../helpers/stack.ts';
import { type CertificateStand, clusterOf, openCertificateStand } from './support/certificate-stand.ts';

const ADMIN = { tenant: 'demo01' } as const;
const OTHER = { tenant: 'demo02' } as const;
const SIGNER = 'kubezoo.io/tenant-client';
const CN = '2.5.4.3';
const O = '2.5.4.10';

interface Csr {
  readonly spec: { readonly username?: string; readonly signerName?: string };
  readonly status: { readonly certificate?: string; readonly conditions?: { type: string; reason: string; message: string }[] };
}

describe('certificate signing requests', () => {
  let stand: CertificateStand;
  before(async function () {
    this.timeout(180_000);
    stand = await openCertificateStand();
  });
  after(async () => {
    for (const as of [ADMIN, OTHER]) await stand?.stack.kubectl(['delete', 'csr', '--all'], as);
    stand?.close();
  });

  const subject = (user: string, ...groups: string[]) => [...groups.map((value) => ({ oid: O, value })), { oid: CN, value: user }];
  const manifest = (name: string, request: string, spec: object = {}) =>
    JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { request: Buffer.from(request).toString('base64'), signerName: SIGNER, usages: ['client auth'], ...spec },
    });
  const csrOf = async (name: string, as: As = ADMIN) =>
    JSON.parse(await stand.stack.mustKubectl(['get', 'csr', name, '-o', 'json'], as)) as Csr;
  const failure = async (name: string) =>
    waitUntil('the failure', async () => (await csrOf(name)).status.conditions?.find(({ type }) => type === 'Failed'), {
      timeoutMs: 15_000,
    });
  /** In the way that Kubernetes' documentation has it. */
  const issued = async (name: string, as: As = ADMIN) => {
    const read = () => stand.stack.mustKubectl(['get', 'csr', name, '-o', 'jsonpath={.status.certificate}'], as);
    const text = await waitUntil('the certificate', async () => (await read()) || undefined, { timeoutMs: 15_000 });
    return Buffer.from(text, 'base64').toString();
  };
  /** A kubeconfig of the admin's, with another certificate. */
  const kubeconfigWith = (name: string, certPem: string, keyPem: string) => {
    const file = join(stand.folder, `${name}.kubeconfig`);
    writeFileSync(file, renderKubeconfig({ ...readParts(readFileSync(stand.stack.kubeconfig(ADMIN), 'utf8'))!, certPem, keyPem }));
    return file;
  };
  const whoami = async (file: string) =>
    JSON.parse((await stand.kubectl(file, ['auth', 'whoami', '-o', 'json'])).stdout).status.userInfo as {
      username: string;
      groups: string[];
    };

  it('become a certificate when the tenant’s admin approves, and it works at the gateway', async () => {
    const { requestPem, keyPem } = await createCertificateRequest(subject('csr-jane', 'dev'));
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest('jane', requestPem, { expirationSeconds: 3600 }) });
    const { spec } = await csrOf('jane');
    assert.deepEqual([spec.username, spec.signerName], ['admin', SIGNER]);
    assert.match(await stand.stack.mustKubectl(['certificate', 'approve', 'jane'], ADMIN), /jane approved/);
    const certificate = await issued('jane');
    const { validToDate, subject: names } = new X509Certificate(certificate);
    assert.ok(Math.abs(validToDate.getTime() - Date.now() - 3_600_000) < 120_000);
    assert.match(names, /OU=demo01\nserialNumber=\S+\nCN=demo01:csr-jane$/);
    const file = kubeconfigWith('jane', certificate, keyPem);
    const { username, groups } = await whoami(file);
    assert.equal(username, 'csr-jane');
    assert.deepEqual([...groups].sort(), ['dev', 'system:authenticated']);
    assert.match(
      await stand.stack.mustKubectl(['get', 'csr', 'jane'], ADMIN),
      /jane +\S+ +kubezoo.io\/tenant-client +admin +\S+ +Approved,Issued/,
    );

    // And is revoked like any other.
    assert.equal((await stand.tenantCommand('revoke', 'demo01', '--user', 'csr-jane')).code, 0);
    await waitUntil('401', async () => (await stand.statusOf(clusterOf(file))) === 401, { timeoutMs: 5_000 });
  });

  it('wait for approval, by somebody who may approve', async () => {
    const { file } = await stand.userKubeconfig('demo01', 'csr-joe', '--group', 'askers');
    const rules = ['--verb=create,get,list', '--resource=certificatesigningrequests.certificates.k8s.io'];
    await stand.stack.mustKubectl(['create', 'clusterrole', 'csr-askers', ...rules], ADMIN);
    await stand.stack.mustKubectl(['create', 'clusterrolebinding', 'csr-askers', '--clusterrole=csr-askers', '--group=askers'], ADMIN);
    try {
      const { requestPem } = await createCertificateRequest(subject('csr-joe', 'tenant-admins'));
      assert.equal((await stand.kubectl(file, ['create', '-f', '-'], { stdin: manifest('more', requestPem) })).code, 0);
      const { code, stderr } = await stand.kubectl(file, ['certificate', 'approve', 'more']);
      assert.equal(code, 1);
      assert.match(stderr, /cannot (approve|update|patch)|user not permitted/i);

      // His own user, with the groups that he has: approved by itself. It shows, too, that the controller has seen the one before.
      const renewal = await createCertificateRequest(subject('csr-joe', 'askers'));
      assert.equal((await stand.kubectl(file, ['create', '-f', '-'], { stdin: manifest('renewal', renewal.requestPem) })).code, 0);
      assert.equal((await whoami(kubeconfigWith('renewal', await issued('renewal'), renewal.keyPem))).username, 'csr-joe');
      assert.deepEqual((await csrOf('more')).status, {});

      await stand.stack.mustKubectl(['certificate', 'deny', 'more'], ADMIN);
      assert.deepEqual(
        (await csrOf('more')).status.conditions?.map(({ type }) => type),
        ['Denied'],
      );
    } finally {
      await stand.stack.mustKubectl(['delete', 'clusterrole,clusterrolebinding', 'csr-askers'], ADMIN);
    }
  });

  it('may be approved by a role for this very signer, or one of the tenant’s own', async () => {
    const { file } = await stand.userKubeconfig('demo01', 'csr-approver');
    const rules = [
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['get', 'list'] },
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
      { apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: [SIGNER, 'example.com/x'], verbs: ['approve'] },
    ];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'csr-approver' }, rules };
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: JSON.stringify(role) });
    await stand.stack.mustKubectl(
      ['create', 'clusterrolebinding', 'csr-approver', '--clusterrole=csr-approver', '--user=csr-approver'],
      ADMIN,
    );
    try {
      for (const [name, signerName] of Object.entries({
        'by-role': SIGNER,
        'own-by-role': 'example.com/x',
        'not-by-role': 'example.com/y',
      })) {
        const { requestPem } = await createCertificateRequest(subject('csr-jill'));
        await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest(name, requestPem, { signerName }) });
      }
      assert.equal((await stand.kubectl(file, ['certificate', 'approve', 'by-role'])).code, 0);
      await issued('by-role');
      assert.equal((await stand.kubectl(file, ['certificate', 'approve', 'own-by-role'])).code, 0);
      assert.equal((await stand.kubectl(file, ['certificate', 'approve', 'not-by-role'])).code, 1);
      const may = async (name: string) => {
        const spec = { resourceAttributes: { group: 'certificates.k8s.io', resource: 'signers', verb: 'approve', name } };
        const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
        const args = ['create', '-f', '-', '--validate=false', '-o', 'jsonpath={.status.allowed}'];
        const { code, stdout, stderr } = await stand.kubectl(file, args, { stdin: JSON.stringify(review) });
        assert.equal(code, 0, stderr);
        return stdout;
      };
      assert.deepEqual([await may('example.com/x'), await may('example.com/y')], ['true', 'false']);
    } finally {
      await stand.stack.mustKubectl(['delete', 'clusterrole,clusterrolebinding', 'csr-approver'], ADMIN);
    }
  });

  const failed: [string, ReturnType<typeof subject>, object, RegExp][] = [
    ['a-system-user', subject('system:admin'), {}, /names that begin with "system:"/],
    ['a-system-group', subject('csr-x', 'system:masters'), {}, /names that begin with "system:"/],
    ['no-user', [{ oid: O, value: 'dev' }], {}, /exactly one common name/],
    ['two-users', [...subject('a'), ...subject('b')], {}, /exactly one common name/],
    [
      'another-tenant',
      [{ oid: '2.5.4.11', value: 'demo02' }, ...subject('admin')],
      {},
      /a common name \(CN\) and organizations \(O\) only/,
    ],
    ['a-serial-number', [{ oid: '2.5.4.5', value: 'x/y' }, ...subject('csr-x')], {}, /a common name \(CN\) and organizations \(O\) only/],
    ['a-server', subject('csr-x'), { usages: ['server auth', 'client auth'] }, /usages must hold "client auth", and none but/],
    ['no-client', subject('csr-x'), { usages: ['digital signature'] }, /usages must hold/],
  ];
  it('fail, approved or not, for what no user may be, and say why', async () => {
    const manifests = await Promise.all(
      failed.map(
        async ([name, names, spec]) => JSON.parse(manifest(name, (await createCertificateRequest(names)).requestPem, spec)) as object,
      ),
    );
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: list });
    for (const [name, , , message] of failed) assert.match((await failure(name)).message, message, name);
    await stand.stack.mustKubectl(['certificate', 'approve', ...failed.map(([name]) => name)], ADMIN);
    // By a later request, which the controller comes to after these.
    const probe = await createCertificateRequest(subject('admin', 'tenant-admins'));
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest('probe', probe.requestPem) });
    await issued('probe');
    for (const [name] of failed) {
      const { certificate, conditions } = (await csrOf(name)).status;
      assert.deepEqual([certificate, conditions?.map(({ type }) => type).sort()], [undefined, ['Approved', 'Failed']], name);
    }
  });

  it('in the name of another tenant’s user name one of one’s own tenant', async () => {
    const { requestPem, keyPem } = await createCertificateRequest(subject('demo02:admin', 'demo02:tenant-admins'));
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest('look-alike', requestPem) });
    await stand.stack.mustKubectl(['certificate', 'approve', 'look-alike'], ADMIN);
    const certificate = await issued('look-alike');
    assert.match(new X509Certificate(certificate).subject, /OU=demo01\n.*\nCN=demo01:demo02:admin$/);
    const { username, groups } = await whoami(kubeconfigWith('look-alike', certificate, keyPem));
    assert.deepEqual([username, groups.includes('tenant-admins')], ['demo02:admin', false]);
  });

  it('of the platform’s own that only look like a tenant’s are left alone', async () => {
    const { requestPem } = await createCertificateRequest(subject('admin', 'tenant-admins'));
    // Upstream says who has made it: the platform's admin, whatever stands in the manifest.
    const forged = manifest('demo01-forged', requestPem, { username: 'kubezoo:demo01:admin', groups: ['kubezoo:demo01:tenant-admins'] });
    await stand.stack.mustKubectl(['create', '-f', '-'], 'upstream', { stdin: forged });
    const crossed = manifest('demo02-crossed', requestPem);
    // A tenant's user, by name, beside the gateway: the platform's admin may impersonate anybody, and upstream's policies stop him.
    const as = ['--as=kubezoo:demo01:admin', '--as-group=kubezoo:demo01:tenant-admins'];
    const { code, stderr } = await stand.stack.kubectl(['create', '-f', '-', ...as], 'upstream', { stdin: crossed });
    assert.equal(code, 1);
    assert.match(stderr, /outside of your cluster/);
    try {
      await stand.stack.mustKubectl(['certificate', 'approve', 'demo01-forged'], 'upstream');
      const probe = await createCertificateRequest(subject('admin'));
      await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest('forged-probe', probe.requestPem) });
      await issued('forged-probe');
      const { status } = await csrOf('demo01-forged', 'upstream');
      assert.equal(status.certificate, undefined);
    } finally {
      await stand.stack.mustKubectl(['delete', 'csr', 'demo01-forged'], 'upstream');
    }
  });

  it('are nobody else’s to see, approve or sign', async () => {
    const { requestPem } = await createCertificateRequest(subject('csr-x'));
    await stand.stack.mustKubectl(['create', '-f', '-'], ADMIN, { stdin: manifest('mine', requestPem) });
    for (const name of ['mine', 'demo01-mine']) {
      assert.match((await stand.stack.kubectl(['certificate', 'approve', name], OTHER)).stderr, /not found/);
    }
    assert.doesNotMatch(await stand.stack.mustKubectl(['get', 'csr'], OTHER), /mine/);
    assert.deepEqual((await csrOf('mine')).status, {});
  });

  it('that were made with credentials which are revoked by now are not answered', async () => {
    const { file } = await stand.userKubeconfig('demo01', 'csr-thief', '--group', 'tenant-admins');
    const { requestPem } = await createCertificateRequest(subject('csr-friend'));
    assert.equal((await stand.kubectl(file, ['create', '-f', '-'], { stdin: manifest('stolen', requestPem) })).code, 0);
    assert.equal((await stand.tenantCommand('revoke', 'demo01', '--user', 'csr-thief')).code, 0);
    await stand.stack.mustKubectl(['certificate', 'approve', 'stolen'], ADMIN);
    assert.equal((await failure('stolen')).reason, 'RequesterRevoked');
    assert.equal((await csrOf('stolen')).status.certificate, undefined);
  });

  it('for other signers of the platform’s, or of Kubernetes’, are refused', async () => {
    const { requestPem } = await createCertificateRequest(subject('csr-x'));
    for (const signerName of ['kubezoo.io/other', 'kubernetes.io/kube-apiserver-client']) {
      const { code, stderr } = await stand.stack.kubectl(['create', '-f', '-'], ADMIN, {
        stdin: manifest('x', requestPem, { signerName }),
      });
      assert.equal(code, 1);
      assert.match(stderr, /Forbidden.*signerName/);
    }
  });
});
