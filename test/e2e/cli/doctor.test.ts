import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../../src/certs/authority.ts';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { CHECKS } from '../../../src/cli/doctor/checks/index.ts';
import { type DoctorFlags, openDoctorContext } from '../../../src/cli/doctor/doctor-context.ts';
import { askEnvoy } from '../../../src/cli/doctor/envoy-admin.ts';
import type { CheckResult } from '../../../src/cli/doctor/run-checks.ts';
import { runChecks } from '../../../src/cli/doctor/run-checks.ts';
import { type Config, loadConfig } from '../../../src/config/config.ts';
import { readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { locateEnvoy } from '../../../src/launch/tools/find-envoy.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { runKubezoo } from '../../helpers/kubezoo-command.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';

describe('kubezoo doctor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-doctor-'));
  let stack: Stack;
  let config: Config;
  before(async () => {
    stack = await sharedStack();
    config = loadConfig(stack.home.config);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  /** What one check finds, with the stack's configuration but for `changes`; without them also with its state folder. */
  async function look(name: string, changes?: Partial<Config>, flags: Partial<DoctorFlags> = {}): Promise<readonly Finding[]> {
    const changed = changes && { config: write('config.json', JSON.stringify({ ...config, ...changes })) };
    const context = openDoctorContext({ home: stack.home.root, ...changed, ...flags });
    try {
      const [result] = await runChecks(
        CHECKS.filter((check) => check.name === name),
        context,
      );
      assert.ok(result, name);
      return result.findings;
    } finally {
      await context.close();
    }
  }
  /** The findings that are not ok: one of that level, which says so, and what to do. */
  function assertFound(findings: readonly Finding[], level: 'warning' | 'failure', message: RegExp): void {
    const found = findings.find((finding) => finding.level === level && message.test(finding.message));
    assert.ok(found?.advice, JSON.stringify(findings));
  }
  const freePort = async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  };

  it('finds nothing wrong with a stack that was just started, in lines and in JSON', async () => {
    const { code, stdout, stderr } = await runKubezoo(['doctor', '--home', stack.home.root]);
    assert.deepEqual([code, stderr], [0, ''], stdout);
    assert.match(stdout, /\n\d+ ok, 0 warnings, 0 failures\n$/);
    assert.match(stdout, /^ok +Envoy's settings +as envoy\/README\.md says they must be$/m);
    const json = await runKubezoo(['doctor', '--home', stack.home.root, '-o', 'json']);
    const { level, checks } = JSON.parse(json.stdout) as { level: string; checks: CheckResult[] };
    assert.equal(level, 'ok');
    assert.deepEqual(
      checks.map(({ check }) => check),
      CHECKS.map(({ name }) => name),
    );
    for (const { check, findings } of checks) assert.ok(findings.length > 0, check);
  });
  it('ends with 1 when something fails, and says what to do', async () => {
    const broken = write('broken.json', JSON.stringify({ ...config, adminAddress: `127.0.0.1:${await freePort()}` }));
    const { code, stdout } = await runKubezoo(['doctor', '--config', broken, '--only', 'sidecar']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAILURE +sidecar +no answer from http:\/\/127\.0\.0\.1:\d+\/readyz\n +→ start it/);
    assert.match(
      (await runKubezoo(['doctor', '--home', stack.home.root, '--only', 'sidecars'])).stderr,
      /there is no check "sidecars"; there are etcd,/,
    );
    assert.match((await runKubezoo(['doctor', '--home', folder])).stderr, /config\.json is not there: start kubezoo first/);
  });

  it('sees an etcd that does not answer, and one with an alarm', async () => {
    assertFound(await look('etcd', { etcdEndpoints: [`http://127.0.0.1:${await freePort()}`] }), 'failure', /does not answer/);
    const client = connectEtcd(config.etcdEndpoints);
    try {
      const { header } = await client.maintenance.status();
      const alarm = { memberID: header.member_id, alarm: 'Nospace' } as const;
      await client.maintenance.alarm({ action: 'Activate', ...alarm });
      try {
        assertFound(await look('etcd'), 'failure', /has the alarm .*takes no writes/i);
      } finally {
        await client.maintenance.alarm({ action: 'Deactivate', ...alarm });
      }
      assert.deepEqual(
        (await look('etcd')).map(({ level }) => level),
        ['ok'],
      );
    } finally {
      client.close();
    }
  });
  it('sees that upstream does not take the credentials', async () => {
    const { clientCert: _cert, clientKey: _key, ...upstream } = readKubeconfig(stack.home.upstreamKubeconfig);
    const controllerKubeconfig = write('stale.kubeconfig', renderKubeconfig({ ...upstream, token: 'not-a-token' }, 'stale'));
    assertFound(await look('upstream-version', { controllerKubeconfig }), 'failure', /answers 401/);
    assertFound(await look('policies', { controllerKubeconfig }), 'failure', /could not be looked at/);
  });
  it('sees a clock that is wrong', async () => {
    const server: Server = createServer((_, response) =>
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString()).end('{}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const etcdEndpoints = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`];
      assertFound(await look('clocks', { etcdEndpoints }), 'warning', /is 3[56]\d\d s behind this machine/);
    } finally {
      server.close();
    }
  });

  describe('of Envoy', () => {
    let envoy: ChildProcess | undefined;
    afterEach(() => {
      envoy?.kill('SIGKILL');
    });
    /** Another Envoy, with the gateway's settings but for one. */
    async function startOther(name: string, pattern: RegExp, replacement: string): Promise<string> {
      const text = readFileSync(stack.home.envoyConfig, 'utf8');
      const admin = join(folder, `${name}.sock`);
      const moved = text
        .replace(/path: \S+envoy\.sock/, `path: ${admin}`)
        .replace(/port_value: \d+ \} \}\n {6}filter_chains/, `port_value: ${await freePort()} } }\n      filter_chains`);
      const changed = moved.replace(pattern, replacement);
      assert.notEqual(changed, moved);
      const file = write(`${name}.yaml`, changed);
      envoy = spawn(locateEnvoy()!, ['--config-path', file, '--disable-hot-restart', '--log-level', 'off'], { stdio: 'ignore' });
      await waitUntil('the other Envoy', () => askEnvoy({ socketPath: admin }, '/server_info').catch(() => undefined), {
        timeoutMs: 20_000,
      });
      return file;
    }

    it('sees a trap that is open in the one that runs', async () => {
      const envoyConfig = await startOther('trap', /max_cached_entry_idle_duration: 31536000s/, 'max_cached_entry_idle_duration: 50s');
      assertFound(await look('envoy-settings', {}, { envoyConfig }), 'failure', /max_cached_entry_idle_duration is below a year/);
      // It is what runs that counts, not what the file has come to say since.
      write('trap.yaml', readFileSync(envoyConfig, 'utf8').replace('50s', '31536000s'));
      assertFound(await look('envoy-settings', {}, { envoyConfig }), 'failure', /max_cached_entry_idle_duration/);
    });
    it('sees that none runs, and that it cannot look', async () => {
      const envoyConfig = write('none.yaml', `admin: { address: { pipe: { path: ${folder}/none.sock } } }`);
      assertFound(await look('envoy-settings', {}, { envoyConfig }), 'failure', /Envoy does not answer/);
      assertFound(await look('envoy-settings', {}), 'warning', /not looked at/);
    });
    it('sees one that is too old', async () => {
      const { ENVOY_BIN } = process.env;
      const old = write('envoy', '#!/bin/sh\necho "envoy  version: 0123abcd/1.30.1/Clean/RELEASE/BoringSSL"\n');
      try {
        const { chmodSync } = await import('node:fs');
        chmodSync(old, 0o755);
        process.env.ENVOY_BIN = old;
        assertFound(await look('envoy-version', {}), 'failure', /1\.30\.1 .* is too old/);
      } finally {
        if (ENVOY_BIN === undefined) delete process.env.ENVOY_BIN;
        else process.env.ENVOY_BIN = ENVOY_BIN;
      }
    });
  });

  it('sees a gateway that does not answer, and one that is not whom it should be', async () => {
    assertFound(await look('gateway', { gatewayUrl: `https://127.0.0.1:${await freePort()}` }), 'failure', /ECONNREFUSED/);
    const { certificatePem } = await createAuthority({ commonName: 'another' });
    const servingCaFile = write('another.crt', certificatePem);
    assertFound(await look('gateway', { servingCaFile }), 'failure', /certificate|self.signed/i);
    assertFound(await look('certificates', { servingCaFile }), 'failure', /gateway: clients do not trust it/);
    // Without a certificate at hand it asks as nobody, and is refused by the sidecar: all is there.
    assert.deepEqual(
      (await look('gateway', {})).map(({ level }) => level),
      ['ok'],
    );
  });
  it('looks at each cluster, and says of which it speaks', async () => {
    const otherUpstreams = { west: { gatewayKubeconfig: config.controllerKubeconfig, controllerKubeconfig: config.controllerKubeconfig } };
    const findings = await look('gateway-rights', { otherUpstreams });
    assert.deepEqual(findings[0], { level: 'ok', message: 'default: what it needs, and nothing more' });
    assertFound(findings, 'warning', /^west: it may do more than it needs/);
  });
  it('sees a certificate that ends soon', async () => {
    const { certificatePem } = await createAuthority({ commonName: 'short', days: 5 });
    assertFound(
      await look('certificates', { clientCaFile: write('short.crt', certificatePem) }),
      'warning',
      /CA of the tenants: [45] days left/,
    );
  });
  it('sees that nobody leads', async () => {
    assertFound(await look('leader', { etcdPrefix: '/nothing-here/' }), 'failure', /none leads/);
  });

  it('sees gateways that do not agree', async () => {
    // A prefix of its own: a made-up replica must not take a part of the true ones' limits.
    const etcdPrefix = '/kubezoo-doctor-test/';
    const client = connectEtcd(config.etcdEndpoints);
    const put = (name: string, ...members: string[]) =>
      client.kv.put({ key: Buffer.from(`${etcdPrefix}replicas/${name}`), value: Buffer.from(JSON.stringify({ instance: name, members })) });
    try {
      assertFound(await look('replicas', { etcdPrefix }), 'failure', /none is alive/);
      await put('one', 'one', 'two');
      await put('two', 'one', 'two');
      assert.deepEqual(await look('replicas', { etcdPrefix }), [{ level: 'ok', message: '2 alive: one, two' }]);
      await put('two', 'two');
      assertFound(await look('replicas', { etcdPrefix }), 'warning', /2 alive: one, two; two shares limits with others/);
    } finally {
      await client.delete().prefix(etcdPrefix).exec();
      client.close();
    }
  });

  it('sees rights that are missing, and rights that are too many', async () => {
    const { gatewayKubeconfig, controllerKubeconfig } = config;
    assertFound(await look('gateway-rights', { gatewayKubeconfig: controllerKubeconfig }), 'warning', /more than it needs: \* \*\.\*/);
    assertFound(await look('controller-rights', { controllerKubeconfig: gatewayKubeconfig }), 'failure', /it may not delete \*\.\*/);
    const token = await stack.mustKubectl(['create', 'token', 'default', '-n', 'default'], 'upstream');
    const { clientCert: _cert, clientKey: _key, ...upstream } = readKubeconfig(stack.home.upstreamKubeconfig);
    const powerless = write('powerless.kubeconfig', renderKubeconfig({ ...upstream, token: token.trim() }, 'powerless'));
    assertFound(await look('gateway-rights', { gatewayKubeconfig: powerless }), 'failure', /it may not impersonate users/);
  });
  it('sees what is granted to everybody', async () => {
    await stack.mustKubectl(
      ['create', 'clusterrolebinding', 'all-may-view', '--clusterrole=view', '--group=system:authenticated'],
      'upstream',
    );
    await stack.mustKubectl(
      ['create', 'rolebinding', 'all-may-edit', '-n', 'default', '--clusterrole=edit', '--group=system:authenticated'],
      'upstream',
    );
    try {
      const findings = await look('authenticated-grants');
      assertFound(findings, 'warning', /ClusterRole view \(by all-may-view\), ClusterRole edit in default \(by all-may-edit\)/);
    } finally {
      await stack.mustKubectl(['delete', 'clusterrolebinding', 'all-may-view'], 'upstream');
      await stack.mustKubectl(['delete', 'rolebinding', 'all-may-edit', '-n', 'default'], 'upstream');
    }
  });
  it("sees an object of the platform's with a tenant's prefix", async () => {
    await stack.mustKubectl(['create', 'clusterrole', 'demo01-operators', '--verb=get', '--resource=pods'], 'upstream');
    try {
      assertFound(await look('prefixes'), 'warning', /clusterroles "demo01-operators"/);
    } finally {
      await stack.mustKubectl(['delete', 'clusterrole', 'demo01-operators'], 'upstream');
    }
  });
  it('sees what is left of a tenant that is not there', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ghost1-web', labels: { 'kubezoo.io/tenant': 'ghost1' } } };
    await stack.mustKubectl(['create', '-f', '-'], 'upstream', { stdin: JSON.stringify(namespace) });
    try {
      assertFound(await look('prefixes'), 'warning', /of tenants that are not there: namespace "ghost1-web"/);
    } finally {
      await stack.mustKubectl(['delete', 'namespace', 'ghost1-web', '--wait=false'], 'upstream');
    }
  });
  it('sees a policy that is missing, and does not work any more', async () => {
    const controller = stack.processes.process('controller');
    // Else it is put back at once.
    controller.kill('SIGSTOP');
    try {
      await stack.mustKubectl(['delete', 'validatingadmissionpolicybinding', 'kubezoo-confine'], 'upstream');
      assertFound(await look('policies'), 'failure', /missing: ValidatingAdmissionPolicyBinding kubezoo-confine/);
      const isOff = async () =>
        (await look('policies')).some(({ message }) => message === 'upstream lets a tenant write outside of what is its own');
      await waitUntil('upstream to heed that', isOff, { timeoutMs: 8_000 });
    } finally {
      controller.kill('SIGCONT');
    }
    const isBack = async () => (await look('policies')).every(({ level }) => level === 'ok');
    await waitUntil('the controller to have put it back', isBack, { timeoutMs: 30_000 });
  });
  it('sees a tenant that cannot go', async () => {
    const store = openEtcdStore({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
    const name = 'stuck1';
    try {
      await store.create({
        apiVersion: 'tenant.kubezoo.io/v1alpha1',
        kind: 'Tenant',
        metadata: {
          name,
          creationTimestamp: '2026-01-01T00:00:00Z',
          deletionTimestamp: '2026-01-01T00:00:00Z',
          finalizers: ['example.com/hold'],
        },
        spec: {},
      });
      assertFound(await look('tenants'), 'warning', /being deleted for long: stuck1/);
    } finally {
      await store.delete(name);
      await store.close();
    }
  });
});
