import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../../src/certs/authority.ts';
import { type OidcConfig, oidcSchema } from '../../../src/config/settings/oidc.ts';
import type { ExtProcServer } from '../../../src/gateway/server.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type LocalServer, startLocalServer } from '../../../src/local/server.ts';
import {
  AUDIENCE,
  idToken,
  jwksOf,
  newKey,
  type OidcIssuer,
  type SigningKey,
  signToken,
  startOidcIssuer,
} from '../../helpers/oidc-issuer.ts';
import { type EnvoyStand, startEnvoyStand } from './support/envoy-stand.ts';
import { startSidecar } from './support/start-sidecar.ts';

const CONFIG_MAPS = '/api/v1/namespaces/web/configmaps';
const ISSUER = 'https://issuer.example.com';

describe('Envoy’s verification of OIDC tokens', function () {
  this.timeout(60_000);
  let folder: string;
  let stand: EnvoyStand;
  let local: LocalServer;
  let sidecar: ExtProcServer;
  /** Tokens that were not verified, as the sidecar got them. */
  let reviewed: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kz-oidc-'));
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  async function stop(): Promise<void> {
    await stand.close();
    await sidecar.close(0);
    await local.close();
  }

  async function start(oidc: OidcConfig): Promise<void> {
    stand = await startEnvoyStand(undefined, undefined, oidc);
    reviewed = [];
    local = await startLocalServer({ socketPath: stand.localSocket, handlers: [], oidcKeysFile: oidc.jwksFile });
    sidecar = await startSidecar(stand.extProcSocket, {
      oidc,
      reviewToken: async (token) => {
        reviewed.push(token);
        return undefined;
      },
    });
    stand.upstream = (_, response) => {
      response.setHeader('content-type', 'application/json').end('{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}');
    };
    await waitUntil('an answer', async () => (await stand.ask(CONFIG_MAPS)).code === 200, { timeoutMs: 20_000 });
    stand.seen.length = 0;
  }

  const as = (token: string, path = CONFIG_MAPS) => stand.askAsNobody(path, { authorization: `Bearer ${token}` });

  describe('with a file of keys', () => {
    const key = newKey('first');
    const token = (signer = key) => signToken(idToken(ISSUER, { kubezoo_tenant: 'demo01', groups: ['dev', 'ops'] }), signer);
    const config = (jwksFile: string) => oidcSchema.parse({ issuer: ISSUER, audiences: [AUDIENCE], jwksFile });

    /** Returns the file. */
    async function startWithFile(): Promise<string> {
      const jwksFile = join(folder, 'keys.json');
      writeFileSync(jwksFile, jwksOf([key]));
      await start(config(jwksFile));
      await waitUntil('the keys', async () => (await as(token())).code === 200, { timeoutMs: 10_000 });
      reviewed.length = 0;
      return jwksFile;
    }

    it('lets in who the claims name, and upstream sees no token', async () => {
      await startWithFile();
      const { headers, url } = stand.seen.at(-1)!;
      assert.equal(url, '/api/v1/namespaces/demo01-web/configmaps');
      assert.equal(headers['impersonate-user'], 'kubezoo:demo01:oidc:alice');
      assert.match(
        String(headers['impersonate-group']),
        /^kubezoo:demo01:oidc:dev, ?kubezoo:demo01:oidc:ops, ?kubezoo:demo01:system:authenticated/,
      );
      assert.equal(headers.authorization, undefined);
      assert.doesNotMatch(JSON.stringify(headers), new RegExp(token().split('.')[0]!));
      assert.deepEqual(reviewed, []);
    });

    it('takes as many groups as large directories give, and refuses more', async () => {
      await startWithFile();
      const withGroups = (count: number) => {
        const groups = Array.from({ length: count }, (_, index) => `group-${index}`);
        return as(signToken(idToken(ISSUER, { kubezoo_tenant: 'demo01', groups }), key));
      };
      assert.equal((await withGroups(200)).code, 200);
      assert.match(String(stand.seen.at(-1)!.headers['impersonate-group']), /kubezoo:demo01:oidc:group-199/);
      assert.equal((await withGroups(201)).code, 401);
    });

    it('takes a file that is moved into its place', async () => {
      const jwksFile = await startWithFile();
      const next = newKey('next');
      assert.equal((await as(token(next))).code, 401);
      writeFileSync(`${jwksFile}.new`, jwksOf([next]));
      renameSync(`${jwksFile}.new`, jwksFile);
      await waitUntil('the new key', async () => (await as(token(next))).code === 200, { timeoutMs: 10_000 });
      assert.equal((await as(token())).code, 401);
    });

    it('leaves to the sidecar what is not the issuer’s', async () => {
      await startWithFile();
      for (const other of ['opaque', signToken(idToken('https://other.example.com', { kubezoo_tenant: 'demo01' }), newKey('other'))]) {
        assert.equal((await as(other)).code, 401);
        assert.equal(reviewed.at(-1), other);
      }
      assert.equal((await stand.askAsNobody(CONFIG_MAPS)).code, 401);
    });

    it('a token in the query, or claims in a header, are nothing', async () => {
      await startWithFile();
      assert.equal((await stand.askAsNobody(`${CONFIG_MAPS}?access_token=${token()}`)).code, 401);
      const payload = token().split('.')[1]!;
      for (const header of ['x-jwt-payload', 'sec-istio-auth-userinfo', 'envoy.filters.http.jwt_authn', 'oidc'])
        assert.equal((await stand.askAsNobody(CONFIG_MAPS, { [header]: payload })).code, 401, header);
    });
  });

  describe('with a URL of keys', () => {
    let issuer: OidcIssuer;
    beforeEach(async () => {
      issuer = await startOidcIssuer(folder);
    });
    afterEach(() => issuer.close());

    const config = (more: object = {}) =>
      oidcSchema.parse({
        issuer: issuer.issuer,
        audiences: [AUDIENCE],
        jwksUri: issuer.jwksUri,
        jwksCaFile: issuer.caFile,
        jwksCacheSeconds: 1,
        ...more,
      });
    const token = (key?: SigningKey) => issuer.token({ kubezoo_tenant: 'demo01' }, key);
    const isLetIn = async (key?: SigningKey) => (await as(token(key))).code === 200;

    it('knows a new key when it has read them again, and forgets one that is gone', async () => {
      await start(config());
      await waitUntil('the first key', () => isLetIn(), { timeoutMs: 10_000 });
      const next = newKey('next');
      issuer.show(issuer.key, next);
      await waitUntil('the next key', () => isLetIn(next), { timeoutMs: 10_000 });
      assert.ok(await isLetIn());
      issuer.show(next);
      await waitUntil('the first key to be gone', async () => !(await isLetIn()), { timeoutMs: 10_000 });
      assert.ok(await isLetIn(next));
    });

    it('goes on with the keys that it has while the issuer is down', async () => {
      await start(config());
      await waitUntil('the first key', () => isLetIn(), { timeoutMs: 10_000 });
      await issuer.close();
      const since = performance.now();
      // Longer than keys are used before they are read again.
      await waitUntil(
        'time',
        async () => {
          assert.ok(await isLetIn());
          return performance.now() - since > 4000;
        },
        { timeoutMs: 10_000 },
      );
    });

    it('keeps nobody else out while the issuer is down at the start, and asks it again', async () => {
      await issuer.close();
      // Resolves when a client with a certificate is answered.
      await start(config());
      assert.equal((await as(token())).code, 401);
      await issuer.reopen();
      await waitUntil('the keys', () => isLetIn(), { timeoutMs: 20_000 });
    });

    it('trusts no other CA’s keys', async () => {
      await start(config());
      await waitUntil('keys', () => isLetIn(), { timeoutMs: 10_000 });
      await stop();
      const { certificatePem } = await createAuthority({ commonName: 'issuer' });
      const other = join(folder, 'other.crt');
      writeFileSync(other, certificatePem);
      const before = issuer.reads();
      await start(config({ jwksCaFile: other }));
      await waitUntil('Envoy to have asked for keys', () => issuer.refused() > 0, { timeoutMs: 10_000 });
      assert.equal((await as(token())).code, 401);
      assert.equal(issuer.reads(), before);
    });
  });
});
