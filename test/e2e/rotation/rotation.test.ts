/** The platform's own keys are replaced while clients are at work: none of them notices. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { createAuthority } from '../../../src/certs/authority.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { type CertificateStatus, splitPem } from '../../../src/cli/certs/print-status.ts';
import { acceptsClient, shownFingerprint } from '../../../src/cli/certs/probe-gateway.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { replaceKeys } from '../../../src/launch/pki/key-folder.ts';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { OpenKubectl } from '../../helpers/kubectl.ts';
import { type KwokNode, startKwokNode } from '../../helpers/kwok/start-kwok-node.ts';
import { type OpenWatch, openWatch } from '../../helpers/open-watch.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';
import { type Load, startLoad } from './load.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const TENANT = 'demo01';
const AS = { tenant: TENANT } as const;
const POD = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'example.com/none', stdin: true }],
  },
});

describe('rotation of the platform’s own keys', function () {
  this.timeout(180_000);
  let stack: Stack;
  let node: KwokNode;
  let load: Load;
  let exec: OpenKubectl;
  let watches: OpenWatch[];
  let first: Cluster;
  let gateway: URL;

  before(async () => {
    stack = await startStack({ tenants: [TENANT, 'demo02'] });
    gateway = new URL(stack.gatewayUrl);
    first = readKubeconfig(stack.kubeconfig(AS));
    node = await startKwokNode(stack);
    node.placeIn(`${TENANT}-default`);
    const hasAccount = async () => (await stack.kubectl(['get', 'sa', 'default'], AS)).code === 0;
    await waitUntil('the ServiceAccount', hasAccount, { timeoutMs: 20_000 });
    await stack.mustKubectl(['create', 'clusterrolebinding', 'accounts', '--clusterrole=view', '--serviceaccount=default:default'], AS);
    await stack.mustKubectl(['create', '-f', '-'], AS, { stdin: POD });
    await stack.mustKubectl(['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s'], AS);
    const token = (await stack.mustKubectl(['create', 'token', 'default', '--duration=1h'], AS)).trim();
    exec = stack.openKubectl(['exec', '-i', 'web', '--', 'cat'], AS);
    await echo('begun');
    watches = await Promise.all(['/api/v1/configmaps', '/api/v1/namespaces/default/configmaps'].map((path) => openWatch(first, path)));
    load = await startLoad(stack, TENANT, token);
    await load.more(3);
  });

  after(async function () {
    await load?.stop();
    for (const watch of watches ?? []) watch.close();
    exec?.child.kill();
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(stack.logs());
    await node?.close();
    await stack?.stop();
  });

  async function certs(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runTool(process.execPath, [MAIN, 'certs', ...args, '--home', stack.home.root]);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function statuses(): Promise<Map<string, CertificateStatus>> {
    const { certificates } = JSON.parse(await certs('status', '-o', 'json')) as { certificates: CertificateStatus[] };
    return new Map(certificates.map((status) => [status.name, status]));
  }

  async function echo(word: string): Promise<void> {
    exec.child.stdin.write(`${word}\n`);
    await waitUntil(`the session to answer ${word}`, () => exec.stdout().endsWith(`${word}\n`), { timeoutMs: 15_000 });
  }

  /** All clients go on, and what was open is open and at work. */
  async function assertUndisturbed(word: string): Promise<void> {
    await load.more(5);
    assert.deepEqual(load.failures, []);
    await echo(word);
    await stack.mustKubectl(['create', 'configmap', word], AS);
    for (const watch of watches) {
      await watch.waitFor(word, 'ADDED');
      assert.equal(watch.isOver(), false);
    }
    await load.more(1);
    assert.deepEqual(load.failures, []);
  }

  const fingerprintOf = (file: string) => new X509Certificate(readFileSync(file)).fingerprint256;

  it('the serving certificate', async () => {
    const file = join(stack.home.pkiDir, 'serving.crt');
    const before = await shownFingerprint(gateway);
    assert.equal(before, fingerprintOf(file));
    await certs('rotate', 'serving');
    const now = await shownFingerprint(gateway);
    assert.notEqual(now, before);
    assert.equal(now, fingerprintOf(file));
    await assertUndisturbed('serving');
  });

  it('the bridge’s certificate', async () => {
    const { admissionBridge } = JSON.parse(readFileSync(stack.home.config, 'utf8')) as {
      admissionBridge: { url: string; certFile: string };
    };
    const expected = fingerprintOf(admissionBridge.certFile);
    const isShown = async () => (await shownFingerprint(new URL(admissionBridge.url))) === expected;
    await waitUntil('the bridge to show its new certificate', isShown, { timeoutMs: 10_000 });
  });

  it('the credential for upstream', async () => {
    const files = ['gateway', 'admin'].map((name) => join(stack.home.upstreamDir, 'pki', `${name}.crt`));
    const before = files.map(fingerprintOf);
    const taken = await upstreamSecretsTaken(stack);
    await certs('rotate', 'upstream');
    for (const [index, file] of files.entries()) assert.notEqual(fingerprintOf(file), before[index]);
    await waitUntil('Envoy to take it', async () => (await upstreamSecretsTaken(stack)) > taken, { timeoutMs: 10_000 });
    await assertUndisturbed('upstream');
  });

  it('nobody is let in by a CA that is not trusted yet', async () => {
    const stranger = await createAuthority({ commonName: 'kubezoo-tenants' });
    const probe = await issueCertificate(stranger, { commonName: 'probe', client: true, days: 1 });
    assert.equal(await acceptsClient(gateway, probe, first.ca), false);
  });

  it('the CA of clients’ certificates, trusted beside the former one', async () => {
    const before = readFileSync(join(stack.home.pkiDir, 'ca.crt'), 'utf8');
    await certs('rotate', 'client-ca');
    const now = readFileSync(join(stack.home.pkiDir, 'ca.crt'), 'utf8');
    assert.notEqual(now, before);
    assert.deepEqual(new Set(splitPem(readFileSync(join(stack.home.pkiDir, 'trusted-clients.crt'), 'utf8'))), new Set([now, before]));
    for (const tenant of [TENANT, 'demo02']) {
      const { clientCert } = readKubeconfig(stack.kubeconfig({ tenant }));
      assert.ok(new X509Certificate(clientCert!).verify(new X509Certificate(now).publicKey), tenant);
    }
    await assertUndisturbed('client-ca');
    await stack.mustKubectl(['get', 'tenants'], 'operator');
  });

  it('is not begun twice', async () => {
    const { code, stderr } = await runTool(process.execPath, [MAIN, 'certs', 'rotate', 'client-ca', '--home', stack.home.root]);
    assert.equal(code, 1);
    assert.match(stderr, /end it first with --finish/);
  });

  it('the former CA is dropped: its certificates are refused, resumed sessions and all', async () => {
    const formerClient = { certificatePem: first.clientCert!, keyPem: first.clientKey! };
    assert.equal(await acceptsClient(gateway, formerClient, first.ca), true);
    const ticket = await sessionOf(first);
    assert.equal((await resume(first, ticket)).reused, true);
    await certs('rotate', 'client-ca', '--finish');
    assert.equal(await acceptsClient(gateway, formerClient, first.ca), false);
    const { reused, status } = await resume({ server: first.server, ca: first.ca }, ticket);
    assert.equal(reused, false);
    assert.equal(status, 401);
    await assertUndisturbed('finished');
  });

  it('status tells of all of them', async () => {
    const found = await statuses();
    for (const name of [
      'ca',
      'trusted-clients',
      'serving-ca',
      'serving',
      'operator',
      'upstream/ca',
      'upstream/gateway',
      'tenants/demo01',
    ]) {
      const status = found.get(name);
      assert.ok(status, name);
      assert.ok(status.daysLeft > 300 && status.daysLeft < 4000, `${name}: ${status.daysLeft}`);
    }
    assert.equal(found.get('tenants/demo01')!.issuer, 'CN=kubezoo-tenants');
    assert.match(found.get('tenants/demo01')!.subject, /^CN=demo01:admin,.*OU=demo01,O=demo01:tenant-admins$/);
    assert.match(await certs('status'), /^NAME +SUBJECT +ISSUER +NOT AFTER +DAYS LEFT\n/);
  });

  it('without trusting both for a while requests do fail', async () => {
    const pki = stack.home.pkiDir;
    const trusted = readFileSync(join(pki, 'trusted-clients.crt'), 'utf8');
    const stranger = await createAuthority({ commonName: 'kubezoo-tenants' });
    replaceKeys(pki, { 'trusted-clients.crt': stranger.certificatePem });
    await waitUntil('a failure', () => load.failures.length > 0, { timeoutMs: 15_000 });
    replaceKeys(pki, { 'trusted-clients.crt': trusted });
    const current = readKubeconfig(stack.kubeconfig(AS));
    const isBack = () => acceptsClient(gateway, { certificatePem: current.clientCert!, keyPem: current.clientKey! }, current.ca);
    await waitUntil('clients to be let in again', isBack, { timeoutMs: 15_000 });
  });
});

/** How often Envoy has taken something new for its connections to upstream, as it counts it. */
async function upstreamSecretsTaken({ home }: Stack): Promise<number> {
  const socketPath: string = parse(readFileSync(home.envoyConfig, 'utf8'), { merge: true }).admin.address.pipe.path;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: '/stats?filter=cluster.upstream.client_ssl_socket_factory.ssl_context_update_by_sds' }, resolve).once(
      'error',
      reject,
    );
  });
  return Number(/: (\d+)/.exec(await text(answer))?.[1]);
}

/** A TLS session of a client that was let in with its certificate, to be resumed. */
async function sessionOf({ server, ca, clientCert: cert, clientKey: key }: Cluster): Promise<Buffer> {
  const { hostname, port } = new URL(server);
  const socket = connect({ host: hostname, port: Number(port), ca, cert, key, ALPNProtocols: ['http/1.1'] });
  const session = once(socket, 'session') as Promise<[Buffer]>;
  await once(socket, 'secureConnect');
  socket.write(`GET /version HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  const [ticket] = await session;
  socket.destroy();
  return ticket;
}

function resume({ server, ca, clientCert: cert, clientKey: key }: Cluster, session: Buffer): Promise<{ reused: boolean; status: number }> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions & ConnectionOptions = { ca, cert, key, session, agent: false };
    request(`${server}/api/v1/namespaces/default`, options, (response) => {
      resolve({ reused: (response.socket as TLSSocket).isSessionReused(), status: response.statusCode ?? 0 });
      response.destroy();
    })
      .once('error', reject)
      .end();
  });
}
