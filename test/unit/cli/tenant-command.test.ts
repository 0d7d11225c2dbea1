import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { ensureGatewayPki } from '../../../src/launch/stack/gateway-pki.ts';
import { homeAt } from '../../../src/launch/state/home.ts';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { KUBECONFIG_ANNOTATION } from '../../../src/tenants/tenant.ts';
import { useTemporaryFolder } from '../launch/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const COLLECTION = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const tenant = (name: string) => ({
  apiVersion: 'tenant.kubezoo.io/v1alpha1',
  kind: 'Tenant',
  metadata: { name, uid: `uid-of-${name}` },
  spec: {},
});
const failure = (code: number, reason: string, message: string, details?: object) =>
  [code, { kind: 'Status', status: 'Failure', reason, message, code, details }] as const;

type Answer = readonly [status: number, body: unknown];

describe('kubezoo tenant', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  let server: Server;
  let requests: string[];
  /** Method and path, to what is answered; several answers are given one after the other. */
  let answers: Record<string, Answer | Answer[]>;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const key = `${request.method} ${request.url}`;
    requests.push(request.headers.accept?.includes('as=Table') ? `${key} as Table` : key);
    const found = answers[key];
    const answer = (Array.isArray(found?.[0]) ? (found as Answer[]).shift() : found) as Answer | undefined;
    const [status, body] = answer ?? [500, 'the test has no answer'];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
  const kubezoo = (...args: string[]) => runTool(process.execPath, [MAIN, 'tenant', ...args, '--home', folder()]);

  beforeEach(async () => {
    requests = [];
    answers = {};
    const { clientCa, servingCa, serving, operator } = await ensureGatewayPki(folder());
    server = createServer(
      { cert: serving.certificatePem, key: serving.keyPem, ca: clientCa.certificatePem, requestCert: true, rejectUnauthorized: true },
      handle,
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const cluster = {
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ca: servingCa.certificatePem,
      clientCert: operator.certificatePem,
      clientKey: operator.keyPem,
    };
    mkdirSync(folder(), { recursive: true });
    writeFileSync(homeAt(folder()).operatorKubeconfig, renderKubeconfig(cluster, 'operator'));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('creates', async () => {
    answers = { [`POST ${COLLECTION}`]: [201, tenant('abc123')] };
    assert.deepEqual(await kubezoo('create', 'abc123'), { code: 0, stdout: 'tenant.tenant.kubezoo.io/abc123 created\n', stderr: '' });
  });
  it('--if-absent takes the one that somebody else makes in the same moment', async () => {
    answers = {
      [`GET ${COLLECTION}/abc123`]: [failure(404, 'NotFound', 'not found'), [200, tenant('abc123')]],
      [`POST ${COLLECTION}`]: failure(409, 'AlreadyExists', 'already exists'),
    };
    const there = { code: 0, stdout: 'tenant.tenant.kubezoo.io/abc123 unchanged\n', stderr: '' };
    assert.deepEqual(await kubezoo('create', 'abc123', '--if-absent'), there);
  });
  it('--if-absent does not take one that is being deleted for one that stays', async () => {
    const going = tenant('abc123');
    answers = {
      [`GET ${COLLECTION}/abc123`]: [200, { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    };
    const { code, stdout, stderr } = await kubezoo('create', 'abc123', '--if-absent');
    assert.deepEqual([code, stdout, stderr], [1, '', 'error: tenant "abc123" is being deleted\n']);
  });
  for (const args of [
    ['delete', ''],
    ['delete', '.'],
    ['get', ''],
    ['limits', '..'],
    ['limits', '../x', '--qps', '1'],
    ['revoke', ' abc123'],
  ]) {
    it(`asks nothing of the server for an id that is none: ${JSON.stringify(args)}`, async () => {
      const { code, stdout, stderr } = await kubezoo(...args);
      assert.deepEqual([code, stdout, requests], [1, '', []]);
      assert.match(stderr, /^error: "[^"]*" is no tenant's id: six characters/);
    });
  }
  it('shows the table that the server makes, wide columns on demand', async () => {
    const table = {
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Status' }, { name: 'Uid', priority: 1 }],
      rows: [{ cells: ['abc123', 'Ready', 'u1'] }, { cells: ['team-a', null, 'u2'] }],
    };
    answers = { [`GET ${COLLECTION}`]: [200, table] };
    assert.equal((await kubezoo('get')).stdout, 'NAME     STATUS\nabc123   Ready\nteam-a   <none>\n');
    assert.equal((await kubezoo('get', '-o', 'wide')).stdout, 'NAME     STATUS   UID\nabc123   Ready    u1\nteam-a   <none>   u2\n');
    assert.deepEqual(requests, [`GET ${COLLECTION} as Table`, `GET ${COLLECTION} as Table`]);
  });
  it('says so when there is none', async () => {
    answers = { [`GET ${COLLECTION}`]: [200, { kind: 'Table', columnDefinitions: [], rows: [], items: [] }] };
    assert.deepEqual(await kubezoo('get'), { code: 0, stdout: '', stderr: 'No resources found\n' });
    assert.deepEqual(await kubezoo('list'), { code: 0, stdout: '', stderr: 'No resources found\n' });
  });
  it('prints json, yaml and names', async () => {
    answers = {
      [`GET ${COLLECTION}/abc123`]: [200, tenant('abc123')],
      [`GET ${COLLECTION}`]: [200, { items: [tenant('abc123'), tenant('team-a')] }],
    };
    assert.deepEqual(JSON.parse((await kubezoo('get', 'abc123', '-o', 'json')).stdout), tenant('abc123'));
    assert.match((await kubezoo('get', 'abc123', '-o', 'yaml')).stdout, /^kind: Tenant$/m);
    assert.equal((await kubezoo('get', '-o', 'name')).stdout, 'tenant.tenant.kubezoo.io/abc123\ntenant.tenant.kubezoo.io/team-a\n');
  });
  it('fails where what it prints is lost, and not where its reader has had enough', async () => {
    answers = { [`GET ${COLLECTION}/abc123`]: [200, tenant('abc123')] };
    const piped = (to: string) =>
      runTool('/bin/sh', [
        '-c',
        `{ "$0" "$@"; echo "code $?" >&2; } ${to}`,
        process.execPath,
        MAIN,
        'tenant',
        'get',
        'abc123',
        '-o',
        'json',
        '--home',
        folder(),
      ]);
    assert.match((await piped('> /dev/full')).stderr, /^error: what was to be printed cannot be written: ENOSPC[^\n]*\ncode 1\n$/);
    assert.equal((await piped('| true')).stderr, 'code 0\n');
  });
  describe('delete', () => {
    const at = (resourceVersion: string, more: object = {}) => {
      const { metadata, ...rest } = tenant('abc123');
      return { ...rest, metadata: { ...metadata, resourceVersion }, ...more };
    };
    const watchAfter = (version: string) => `GET ${COLLECTION}?watch=true&fieldSelector=metadata.name%3Dabc123&resourceVersion=${version}`;
    const events = (...all: [string, object][]): Answer => [
      200,
      all.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join(''),
    ];
    const gone = failure(404, 'NotFound', 'tenants.tenant.kubezoo.io "abc123" not found');
    const DELETED = 'tenant.tenant.kubezoo.io "abc123" deleted\n';

    it('tells how far it is, and proves the end by the last state that the watch shows', async () => {
      const conditions = [{ type: 'CleanedUp', status: 'False', message: '3 objects are left' }];
      const proof = { time: '2026-01-01T00:00:00Z', kinds: 61, keyRanges: 1 };
      const removal = { found: { secrets: 2, 'deployments.apps': 10 }, remaining: {}, finalizersCleared: 4, proof };
      answers = {
        [`GET ${COLLECTION}/abc123`]: [200, at('7')],
        [`DELETE ${COLLECTION}/abc123`]: [200, at('8')],
        [watchAfter('7')]: events(
          ['MODIFIED', at('8')],
          ['MODIFIED', at('9', { status: { conditions } })],
          ['DELETED', at('10', { status: { removal } })],
        ),
      };
      assert.deepEqual(await kubezoo('delete', 'abc123', '--wait'), {
        code: 0,
        stdout: `${DELETED}${[
          'removed 12 objects of 2 kinds:',
          '  10 deployments.apps',
          '   2 secrets',
          '4 finalizers were taken off because nobody did',
          '2026-01-01T00:00:00Z: all 61 kinds that upstream serves, and etcd, were looked through: nothing of abc123 is left',
          'the id abc123 is free\n',
        ].join('\n')}`,
        stderr: '3 objects are left\n',
      });
    });

    it('goes on where a watch has ended, and says when only the absence can be seen', async () => {
      answers = {
        [`GET ${COLLECTION}/abc123`]: [[200, at('7')], [200, at('9')], gone],
        [`DELETE ${COLLECTION}/abc123`]: [200, at('8')],
        [watchAfter('7')]: events(['MODIFIED', at('8')]),
        [watchAfter('9')]: [events(), failure(410, 'Expired', 'too old')],
      };
      const { code, stdout } = await kubezoo('delete', 'abc123');
      assert.equal(code, 0);
      assert.equal(stdout, `${DELETED}abc123 is gone; how far it was cleaned up could not be seen\n`);
    });

    it('does not wait when told so', async () => {
      answers = { [`GET ${COLLECTION}/abc123`]: [200, at('7')], [`DELETE ${COLLECTION}/abc123`]: [200, at('8')] };
      assert.deepEqual(await kubezoo('delete', 'abc123', '--no-wait'), { code: 0, stdout: DELETED, stderr: '' });
    });
  });

  it('prints a kubeconfig', async () => {
    const withKubeconfig = {
      ...tenant('abc123'),
      metadata: { name: 'abc123', annotations: { [KUBECONFIG_ANNOTATION]: Buffer.from('kind: Config\n').toString('base64') } },
    };
    answers = {
      [`GET ${COLLECTION}/abc123`]: [
        [200, withKubeconfig],
        [200, tenant('abc123')],
      ],
    };
    assert.equal((await kubezoo('kubeconfig', 'abc123')).stdout, 'kind: Config\n');
    const { code, stderr } = await kubezoo('kubeconfig', 'abc123');
    assert.equal(code, 1);
    assert.match(stderr, /has no kubeconfig yet \(it is Pending\)/);
  });

  it("fails in kubectl's words", async () => {
    answers = {
      [`GET ${COLLECTION}/abc123`]: failure(404, 'NotFound', 'tenants.tenant.kubezoo.io "abc123" not found'),
      [`POST ${COLLECTION}`]: failure(422, 'Invalid', 'long', {
        kind: 'Tenant',
        name: 'x',
        causes: [{ field: 'metadata.name', message: 'Invalid value: "x": six characters' }],
      }),
      [`GET ${COLLECTION}`]: [503, 'no healthy upstream'],
    };
    assert.deepEqual(await kubezoo('get', 'abc123', '-o', 'name'), {
      code: 1,
      stdout: '',
      stderr: 'Error from server (NotFound): tenants.tenant.kubezoo.io "abc123" not found\n',
    });
    assert.deepEqual(await kubezoo('create', 'x'), {
      code: 1,
      stdout: '',
      stderr: 'The Tenant "x" is invalid: metadata.name: Invalid value: "x": six characters\n',
    });
    assert.deepEqual(await kubezoo('list'), { code: 1, stdout: '', stderr: 'Error from server: no healthy upstream\n' });
  });
  it('says that nothing listens, or that nothing was ever started', async () => {
    await new Promise((resolve) => server.close(resolve));
    assert.match((await kubezoo('list')).stderr, /^The connection to the server 127\.0\.0\.1:\d+ was refused/);
    const { code, stderr } = await runTool(process.execPath, [MAIN, 'tenant', 'list', '--home', `${folder()}/nowhere`]);
    assert.equal(code, 1);
    assert.match(stderr, /operator\.kubeconfig is not there: start kubezoo first/);
  });
  it('refuses what it does not know', async () => {
    assert.equal((await kubezoo('rename', 'abc123')).code, 1);
    assert.equal((await kubezoo('get', '-o', 'xml')).code, 1);
    assert.deepEqual(requests, []);
  });
});
