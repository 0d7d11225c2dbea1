/** Several users of a tenant, by `kubezoo tenant kubeconfig --user`. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateStand, openCertificateStand } from './support/certificate-stand.ts';

const ADMIN = { tenant: 'demo01' } as const;

describe('users of a tenant', () => {
  let stand: CertificateStand;
  before(async function () {
    this.timeout(180_000);
    stand = await openCertificateStand();
  });
  after(() => stand?.close());

  const whoami = async (file: string) =>
    JSON.parse((await stand.kubectl(file, ['auth', 'whoami', '-o', 'json'])).stdout).status.userInfo as {
      username: string;
      groups: string[];
    };

  it('have the names and groups that the operator said, and the rights that the tenant’s admin gives them', async () => {
    const { file } = await stand.userKubeconfig('demo01', 'jane', '--group', 'dev', '--group', 'ops');
    const { username, groups } = await whoami(file);
    assert.equal(username, 'jane');
    assert.deepEqual([...groups].sort(), ['dev', 'ops', 'system:authenticated']);
    assert.match((await stand.kubectl(file, ['get', 'configmaps'])).stderr, /Forbidden.*User "jane" cannot list resource "configmaps"/);
    await stand.stack.mustKubectl(['create', 'rolebinding', 'devs-look', '--clusterrole=view', '--group=dev'], ADMIN);
    try {
      const { code, stderr } = await stand.kubectl(file, ['get', 'configmaps']);
      assert.equal(code, 0, stderr);
      assert.match((await stand.kubectl(file, ['create', 'configmap', 'x'])).stderr, /forbidden: User "jane" cannot create/);
    } finally {
      await stand.stack.mustKubectl(['delete', 'rolebinding', 'devs-look'], ADMIN);
    }
  });

  it('are admins by their group', async () => {
    const { file } = await stand.userKubeconfig('demo01', 'oidc:joan', '--group', 'tenant-admins');
    assert.equal((await whoami(file)).username, 'oidc:joan');
    assert.equal((await stand.kubectl(file, ['auth', 'can-i', '*', '*'])).stdout, 'yes\n');
  });

  it('get a file of their own, for its owner alone, and nothing on stdout', async () => {
    const file = join(stand.folder, 'own', 'jane.kubeconfig');
    const { code, stdout, stderr } = await stand.tenantCommand('kubeconfig', 'demo01', '--user', 'jane', '--validity', '1h30m', '-o', file);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /current-context: jane@demo01/);
    const until = new Date(/valid until (\S+)/.exec(stderr)![1]!).getTime();
    assert.ok(Math.abs(until - Date.now() - 5_400_000) < 120_000, stderr);
    assert.equal((await whoami(file)).username, 'jane');
  });

  it('the admin’s kubeconfig is printed, or written, as it is', async () => {
    const file = join(stand.folder, 'admin.kubeconfig');
    const present = readFileSync(stand.stack.kubeconfig(ADMIN), 'utf8');
    assert.equal((await stand.tenantCommand('kubeconfig', 'demo01')).stdout, present);
    assert.equal((await stand.tenantCommand('kubeconfig', 'demo01', '-o', file)).stdout, '');
    assert.equal(readFileSync(file, 'utf8'), present);
  });

  const refused: [string, string[], RegExp][] = [
    [
      'a user of Kubernetes’ own',
      ['demo01', '--user', 'system:admin'],
      /The TenantCertificate "demo01" is invalid: spec.user: .*"system:"/,
    ],
    ['a group of Kubernetes’ own', ['demo01', '--user', 'jane', '--group', 'system:masters'], /spec.groups\[0\]/],
    ['a moment', ['demo01', '--user', 'jane', '--validity', '30s'], /greater than or equal to 600/],
    ['a duration that is none', ['demo01', '--user', 'jane', '--validity', 'long'], /A duration is written as/],
    ['a group of nobody', ['demo01', '--group', 'dev'], /name one with --user/],
    ['a tenant that there is not', ['demo77', '--user', 'jane'], /NotFound/],
  ];
  for (const [what, args, message] of refused) {
    it(`are not made for ${what}`, async () => {
      const { code, stdout, stderr } = await stand.tenantCommand('kubeconfig', ...args);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }

  it('cannot make certificates themselves', async () => {
    const client = stand.stack.client(ADMIN);
    try {
      for (const sub of ['certificates', 'revocations']) {
        const { status } = await client.request('POST', `/apis/tenant.kubezoo.io/v1alpha1/tenants/demo01/${sub}`, { body: {} });
        assert.ok(status === 403 || status === 404, String(status));
      }
    } finally {
      client.close();
    }
  });

  it('the operator finds both sub-resources in discovery', async () => {
    const raw = await stand.stack.mustKubectl(['get', '--raw', '/apis/tenant.kubezoo.io/v1alpha1'], 'operator');
    const { resources } = JSON.parse(raw) as { resources: { name: string; verbs: string[] }[] };
    for (const name of ['tenants/certificates', 'tenants/revocations']) {
      assert.deepEqual(resources.find((resource) => resource.name === name)?.verbs, ['create']);
    }
  });
});
