/** Headers by which a client would be somebody else, or somewhere else: nothing comes of them. */
import assert from 'node:assert/strict';
import { FOREIGN } from './bad-input/bad-request.ts';
import { assertStatus, sendRequest } from './bad-input/send-request.ts';
import { badInputWorld, HERE, OWN_SECRETS, SECRETS, WHO_AM_I, type World } from './bad-input/world.ts';

describe('headers that would make somebody else of the client', () => {
  let world: World;

  before(async function () {
    this.timeout(180_000);
    world = await badInputWorld();
  });

  const operator = Buffer.from(JSON.stringify({ role: 'operator', user: 'x', groups: ['kubezoo:operators'] })).toString('base64url');
  const other = Buffer.from(JSON.stringify({ role: 'tenant', tenantId: 'demo02', user: 'admin', groups: ['tenant-admins'] })).toString(
    'base64url',
  );
  const forged: readonly (readonly [string, string])[] = [
    ['x-kubezoo-route', 'upstream'],
    ['X-Kubezoo-Route', 'watch'],
    ['x-kubezoo-route', 'local'],
    ['x-kubezoo-route', 'nowhere'],
    ['x-kubezoo-identity', operator],
    ['X-KubeZoo-Identity', other],
    ['X-Remote-User', 'system:admin'],
    ['X-Remote-Group', 'system:masters'],
    ['X-Remote-Extra-Scopes', 'all'],
    ['X-Forwarded-Client-Cert', 'Subject="O=system:masters,CN=admin"'],
    ['X-Forwarded-For', '10.0.0.1'],
    ['X-Original-URL', '/api/v1/secrets'],
    ['X-Envoy-Original-Path', '/api/v1/secrets'],
    ['Connection', 'close, Impersonate-User'],
    ['Connection', 'close, Impersonate-User, Impersonate-Group, X-Kubezoo-Route, Authorization'],
  ];
  for (const header of forged) {
    it(`${header.join(': ').slice(0, 70)} changes nothing`, async () => {
      const whoAmI = await sendRequest(world.tenant, { ...WHO_AM_I, headers: [header] });
      assert.equal(whoAmI.code, 201, whoAmI.body);
      const { status } = JSON.parse(whoAmI.body) as { status: { userInfo: { username: string; groups: string[] } } };
      assert.equal(status.userInfo.username, 'admin');
      assert.deepEqual(status.userInfo.groups.toSorted(), ['system:authenticated', 'tenant-admins']);
      const plain = await sendRequest(world.tenant, HERE);
      const here = await sendRequest(world.tenant, { ...HERE, headers: [header] });
      assert.deepEqual([here.code, here.body], [plain.code, plain.body]);
      const foreign = await sendRequest(world.tenant, { path: `/api/v1/namespaces/${FOREIGN}`, headers: [header] });
      assertStatus(foreign, { code: 404, reason: 'NotFound', secrets: OWN_SECRETS });
      const tenants = await sendRequest(world.tenant, { path: '/apis/tenant.kubezoo.io/v1alpha1/tenants', headers: [header] });
      assertStatus(tenants, { code: 404, reason: 'NotFound', secrets: SECRETS });
    });

    it(`${header.join(': ').slice(0, 70)} lets nobody in`, async () => {
      const answer = await sendRequest(world.nobody, { ...HERE, headers: [header] });
      assertStatus(answer, { code: 401, reason: 'Unauthorized', secrets: SECRETS });
    });
  }

  // Whoever may impersonate, may do so within the tenant alone: these names are nobody's there.
  for (const user of ['system:admin', 'system:kube-controller-manager', 'other1:admin']) {
    for (const header of ['Impersonate-User', 'IMPERSONATE-USER']) {
      it(`${header}: ${user} is somebody without rights in the tenant`, async () => {
        const headers = [[header, user] as const];
        const here = await sendRequest(world.tenant, { ...HERE, headers });
        assertStatus(here, { code: 403, reason: 'Forbidden', message: new RegExp(`User "${user}" cannot`), secrets: OWN_SECRETS });
      });
    }
  }

  for (const header of [
    ['Impersonate-Group', 'system:masters'],
    ['Impersonate-Uid', '1'],
    ['Impersonate-Extra-Scopes', 'all'],
    ['Impersonate-Anything', 'x'],
  ] as const) {
    it(`${header.join(': ')} without a user is refused`, async () => {
      const answer = await sendRequest(world.tenant, { ...HERE, headers: [header] });
      assertStatus(answer, { code: 400, reason: 'BadRequest', message: /impersonat/i, secrets: SECRETS });
    });
  }
});
