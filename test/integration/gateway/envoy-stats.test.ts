import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../../src/config/config.ts';
import { writeEnvoyConfig } from '../../../src/launch/envoy/write-envoy-config.ts';
import { initGatewayPki, initUpstreamPki } from '../../../src/launch/pki/init-pki.ts';
import { SILENT } from '../../../src/launch/progress.ts';
import { envoyArgs } from '../../../src/launch/stack/envoy-args.ts';
import { findEnvoy } from '../../../src/launch/tools/find-envoy.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { freePort } from '../tenant-api/support/free-port.ts';

/** An Envoy that is set up by commands alone, with a kube-apiserver and a sidecar that are not there. */
describe('the stats of an Envoy that others start', function () {
  this.timeout(60_000);
  let folder: string;
  let envoy: ChildProcess;
  let stats: number;

  const ask = (path: string, method: string, target: object = { host: '127.0.0.1', port: stats }) =>
    new Promise<{ code: number; body: string }>((resolve, reject) => {
      const asked = request({ ...target, path, method, timeout: 5_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve({ code: response.statusCode!, body }));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.on('error', reject).end();
    });
  const isReady = () =>
    ask('/ready', 'GET').then(
      ({ code, body }) => code === 200 && body === 'LIVE\n',
      () => false,
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kz-stats-'));
    const at = (...names: string[]) => join(folder, ...names);
    const hosts = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    const serverUrl = `https://127.0.0.1:${await freePort()}`;
    await initUpstreamPki({ folder: at('cluster'), serverHosts: hosts, serverUrl, kubeconfigDir: at('access') });
    const operatorKubeconfig = at('operator.kubeconfig');
    await initGatewayPki({ folder: at('keys'), gatewayHosts: hosts, gatewayUrl: 'https://127.0.0.1:6443', operatorKubeconfig });
    stats = await freePort();
    mkdirSync(at('run'));
    const config = {
      ...{ extProcSocket: at('run/ext-proc.sock'), localSocket: at('run/local.sock'), gatewayUrl: 'https://127.0.0.1:6443' },
      ...{ gatewayKubeconfig: at('access/gateway.kubeconfig'), controllerKubeconfig: at('access/admin.kubeconfig') },
      ...{ servingCaFile: at('keys/serving-ca.crt'), clientCaFile: at('keys/ca.crt'), clientCaKeyFile: at('keys/ca.key') },
      etcdEndpoints: ['http://127.0.0.1:1'],
      envoy: {
        ...{
          listenAddress: '127.0.0.1',
          listenPort: await freePort(),
          statsAddress: `127.0.0.1:${stats}`,
          adminSocket: at('run/envoy.sock'),
        },
        ...{ servingCertFile: at('keys/serving.crt'), servingKeyFile: at('keys/serving.key') },
      },
    };
    const file = writeEnvoyConfig(checkConfig('x', JSON.stringify(config)), at('envoy'));
    envoy = spawn(await findEnvoy(SILENT), envoyArgs(file), { stdio: ['ignore', 'ignore', 'inherit'] });
    const hasEnded = () => envoy.exitCode !== null || envoy.signalCode !== null;
    const readyOrEnded = async () => hasEnded() || (await isReady());
    await waitUntil('Envoy to be ready', readyOrEnded, { timeoutMs: 30_000 });
    assert.ok(!hasEnded(), `Envoy ended: ${envoy.exitCode ?? envoy.signalCode}`);
  });

  after(async () => {
    if (envoy?.exitCode === null && envoy.signalCode === null) {
      const ended = once(envoy, 'exit');
      envoy.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('are there for Prometheus', async () => {
    const { code, body } = await ask('/stats/prometheus', 'GET');
    assert.equal(code, 200);
    assert.match(body, /^envoy_cluster_upstream_cx_total\{envoy_cluster_name="upstream"\} \d+$/m);
  });

  it('are all that is there of the admin endpoints', async () => {
    const paths = ['/', '/stats', '/config_dump', '/certs', '/quitquitquit', '/healthcheck/fail', '/drain_listeners', '/logging'];
    const odd = [
      '/ready/../quitquitquit',
      '//quitquitquit',
      '/ready/',
      '/stats/prometheus/../../quitquitquit',
      '/%71uitquitquit',
      '/ready%2f..%2fquitquitquit',
    ];
    for (const path of [...paths, ...odd]) {
      for (const method of ['GET', 'POST']) assert.equal((await ask(path, method)).code, 404, `${method} ${path}`);
    }
    assert.equal((await ask('/ready', 'POST')).code, 404);
    assert.equal(envoy.exitCode, null);
  });

  it('are to be seen while it is drained', async () => {
    const { code } = await ask('/drain_listeners?graceful&skip_exit', 'POST', { socketPath: join(folder, 'run', 'envoy.sock') });
    assert.equal(code, 200);
    assert.equal((await ask('/stats/prometheus', 'GET')).code, 200);
  });
});
