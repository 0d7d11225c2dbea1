/** Bearer tokens: exactly one good one of a tenant's own ServiceAccount lets in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';
import { NAMESPACE } from './bad-input/bad-request.ts';
import { forgeToken } from './bad-input/forge-token.ts';
import { assertKeepsSecrets, assertStatus, type RawRequest, sendRequest } from './bad-input/send-request.ts';
import { badInputWorld, SECRETS, TENANT, WHO_AM_I, type World } from './bad-input/world.ts';

describe('bad tokens', () => {
  let world: World;
  let nobody: Cluster;
  let token: string;
  let expired: string;
  const whoAmI = (credential: Cluster, headers: RawRequest['headers'] = []) => sendRequest(credential, { ...WHO_AM_I, headers });

  before(async function () {
    this.timeout(180_000);
    world = await badInputWorld();
    nobody = world.nobody;
    token = (await world.stack.mustKubectl(['create', 'token', 'bot', '-n', NAMESPACE], { tenant: TENANT })).trim();
    const key = readFileSync(join(world.stack.home.upstreamDir, 'pki', 'sa.key'), 'utf8');
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    expired = forgeToken(token, key, (claims) => ({ ...claims, iat: anHourAgo - 600, nbf: anHourAgo - 600, exp: anHourAgo }));
    const signedAnew = forgeToken(token, key, (claims) => claims);
    assert.equal((await whoAmI({ ...nobody, token: signedAnew })).code, 201, 'the same claims, signed anew, are good');
  });

  it('a good one is taken', async () => {
    const answer = await whoAmI({ ...nobody, token });
    assert.equal(answer.code, 201, answer.body);
    assert.match(answer.body, new RegExp(`"system:serviceaccount:${NAMESPACE}:bot"`));
    assertKeepsSecrets(answer, SECRETS);
  });

  const refused: readonly [string, () => readonly (readonly [string, string])[]][] = [
    ['an expired one', () => [['Authorization', `Bearer ${expired}`]]],
    ['garbage', () => [['Authorization', 'Bearer garbage']]],
    ['a broken signature', () => [['Authorization', `Bearer ${token.slice(0, -6)}AAAAAA`]]],
    ['nothing behind Bearer', () => [['Authorization', 'Bearer ']]],
    ['Basic', () => [['Authorization', `Basic ${Buffer.from('admin:admin').toString('base64')}`]]],
    ['two in one header', () => [['Authorization', `Bearer ${token}, Bearer ${token}`]]],
    [
      'a good one and garbage',
      () => [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', 'Bearer garbage'],
      ],
    ],
    [
      'garbage and a good one',
      () => [
        ['authorization', 'Bearer garbage'],
        ['Authorization', `Bearer ${token}`],
      ],
    ],
  ];
  for (const [title, headers] of refused) {
    it(`${title}: 401`, async () => {
      assertStatus(await whoAmI(nobody, headers()), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
    });
  }

  it('of a ServiceAccount of upstream’s own: 401', async () => {
    const foreign = (await world.stack.mustKubectl(['create', 'token', 'bot', '-n', NAMESPACE], 'upstream')).trim();
    assertStatus(await whoAmI({ ...nobody, token: foreign }), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
  });

  it('none at all: 401', async () => {
    assertStatus(await whoAmI(nobody), { code: 401, reason: 'Unauthorized', secrets: SECRETS });
  });

  it('upstream itself knows no such user by the tenant’s right', async () => {
    const answer = await sendRequest(
      { server: world.upstream.server, ca: world.upstream.ca, token },
      { path: `/api/v1/namespaces/${NAMESPACE}/configmaps` },
    );
    assert.equal(answer.code, 403, answer.body);
  });
});
