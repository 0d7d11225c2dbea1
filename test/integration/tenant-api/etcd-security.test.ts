import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Range } from 'etcd3';
import { ensureAuthority } from '../../../src/launch/pki/ensure-authority.ts';
import { ensureCertificate } from '../../../src/launch/pki/ensure-certificate.ts';
import { connectEtcd, type EtcdSecurity } from '../../../src/tenants/etcd-client.ts';
import { openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { StoreError } from '../../../src/tenants/store.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { eventually } from './support/eventually.ts';
import { sampleTenant } from './support/sample-tenant.ts';
import { startProxy } from './support/tcp-proxy.ts';

const TOKEN_TTL_SECONDS = 1;
/** etcd looks once a second for tokens that have ended. */
const TOKEN_ENDS_MS = 1_000 * TOKEN_TTL_SECONDS + 1_500;

describe('an etcd with authentication', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'kz-etcd-auth-'));
  const passwordOf = (user: string, password: string): EtcdSecurity => {
    const passwordFile = join(folder, user);
    writeFileSync(passwordFile, `${password}\n`);
    return { username: user, passwordFile };
  };
  let etcd: EtcdProcess;
  let admin: ReturnType<typeof connectEtcd>;
  const opened: { close(): Promise<void> }[] = [];

  const open = (security: EtcdSecurity, port = etcd.port) => {
    const retries: unknown[] = [];
    const store = openEtcdStore({
      endpoints: [`http://127.0.0.1:${port}`],
      security,
      prefix: '/kubezoo/',
      onRetry: (cause) => retries.push(cause),
    });
    opened.push(store);
    return { store, retries };
  };
  const createUser = async (name: string, password: string) => {
    await admin.user(name).create(password);
    await admin.user(name).addRole('kubezoo');
  };

  before(async () => {
    etcd = await EtcdProcess.start({
      flags: ['--auth-token', 'simple', '--auth-token-ttl', String(TOKEN_TTL_SECONDS), '--bcrypt-cost', '4'],
    });
    const open = connectEtcd([etcd.endpoint]);
    await open.role('root').create();
    await open.user('root').create('root-password');
    await open.user('root').addRole('root');
    // No more than its own keys.
    await open.role('kubezoo').create();
    await open.role('kubezoo').grant({ permission: 'Readwrite', range: Range.prefix('/kubezoo/') });
    await open.auth.authEnable();
    open.close();
    admin = connectEtcd([etcd.endpoint], passwordOf('root', 'root-password'));
    await createUser('gateway', 'gateway-password');
  });
  after(async () => {
    await Promise.all(opened.map((store) => store.close()));
    admin?.close();
    await etcd?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is used with a user of its own keys alone, for longer than a token lives', async () => {
    const { store } = open(passwordOf('gateway', 'gateway-password'));
    await store.create(sampleTenant('demo01'));
    for (let use = 0; use < 2; use += 1) {
      // Longer than the token lives unused: the next call meets an ended one.
      await delay(TOKEN_ENDS_MS);
      await store.update(sampleTenant('demo01'));
      assert.equal((await store.get('demo01'))?.metadata.name, 'demo01');
    }
  });

  it('a watch that does nothing else is opened again after its token has ended', async () => {
    const proxy = await startProxy(etcd.port);
    const { store } = open(passwordOf('gateway', 'gateway-password'), proxy.port);
    const { store: writer } = open(passwordOf('gateway', 'gateway-password'));
    const { revision } = await store.list();
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of store.watch(revision, stop.signal)) if (event.type !== 'BOOKMARK') seen.push(event.tenant.metadata.name);
    })();
    try {
      await writer.create(sampleTenant('watch1'));
      await eventually(() => assert.deepEqual(seen, ['watch1']));
      // A running watch needs no token; what opens it anew does.
      await delay(TOKEN_ENDS_MS);
      proxy.cut();
      await writer.create(sampleTenant('watch2'));
      await proxy.mend();
      await eventually(() => assert.deepEqual(seen, ['watch1', 'watch2']));
    } finally {
      stop.abort();
      await watching;
      proxy.cut();
    }
  });

  it('goes on when users and roles change, which ends every token', async () => {
    const { store } = open(passwordOf('gateway', 'gateway-password'));
    await store.get('demo01');
    await createUser('somebody', 'something');
    await store.update(sampleTenant('demo01'));
    await admin.user('somebody').delete();
    assert.equal((await store.get('demo01'))?.metadata.name, 'demo01');
  });

  it('goes on after a restart', async () => {
    const { store } = open(passwordOf('gateway', 'gateway-password'));
    await store.get('demo01');
    await etcd.kill();
    await etcd.start();
    await store.update(sampleTenant('demo01'));
  });

  it('a leader keeps its lease for longer than its token lives', async () => {
    const { store } = open(passwordOf('gateway', 'gateway-password'));
    const signal = new AbortController().signal;
    const leadership = await store.campaign('controller', { candidate: 'one', ttlSeconds: 2, signal });
    await delay(3_000);
    assert.equal(leadership.lost.aborted, false);
    await store.update(sampleTenant('demo01'), leadership.fence);
    await leadership.resign();
    const next = await store.campaign('controller', { candidate: 'one', ttlSeconds: 60, signal });
    await next.resign();
  });

  it('a new password is read where the old one stood', async () => {
    await createUser('changed', 'before');
    const { store } = open(passwordOf('changed', 'before'));
    await store.get('demo01');
    await admin.user('changed').setPassword('after');
    passwordOf('changed', 'after');
    assert.equal((await store.get('demo01'))?.metadata.name, 'demo01');
  });

  it('who does not know the password gets nothing, and a user without rights neither', async () => {
    const unavailable = (error: unknown) => error instanceof StoreError && error.reason === 'Unavailable';
    await assert.rejects(open(passwordOf('gateway-wrong', 'x')).store.update(sampleTenant('demo01')), unavailable);
    await assert.rejects(open({}).store.update(sampleTenant('demo01')), unavailable);
    await admin.user('rightless').create('x');
    await assert.rejects(open(passwordOf('rightless', 'x')).store.update(sampleTenant('demo01')), unavailable);
  });
});

describe('an etcd with TLS', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'kz-etcd-tls-'));
  let etcd: EtcdProcess;
  let security: EtcdSecurity;

  before(async () => {
    const ca = await ensureAuthority(folder, 'etcd');
    const server = await ensureCertificate(ca, folder, 'server', { commonName: 'etcd', ipAddresses: ['127.0.0.1'], server: true });
    const client = await ensureCertificate(ca, folder, 'client', { commonName: 'gateway' });
    security = { caFile: ca.certFile, certFile: client.certFile, keyFile: client.keyFile };
    etcd = await EtcdProcess.start({
      scheme: 'https',
      flags: ['--cert-file', server.certFile, '--key-file', server.keyFile, '--trusted-ca-file', ca.certFile, '--client-cert-auth'],
    });
  });
  after(async () => {
    await etcd?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is used with a client certificate, watched and all', async () => {
    const store = openEtcdStore({ endpoints: [etcd.endpoint], security, prefix: '/k/' });
    const stop = new AbortController();
    try {
      await store.create(sampleTenant('demo01'));
      const first = await store.watch(undefined, stop.signal)[Symbol.asyncIterator]().next();
      assert.equal(first.value?.type === 'ADDED' && first.value.tenant.metadata.name, 'demo01');
    } finally {
      stop.abort();
      await store.close();
    }
  });

  it('is not used without the certificate, nor when its own is of another CA', async () => {
    const others = mkdtempSync(join(folder, 'others-'));
    const stranger = await ensureAuthority(others, 'etcd');
    const refused = [{ caFile: security.caFile }, { ...security, caFile: stranger.certFile }].map(async (wrong) => {
      const store = openEtcdStore({ endpoints: [etcd.endpoint], security: wrong, prefix: '/k/' });
      await assert.rejects(store.create(sampleTenant('demo02')), (error) => error instanceof StoreError && error.reason === 'Unavailable');
      await store.close();
    });
    await Promise.all(refused);
  });
});
