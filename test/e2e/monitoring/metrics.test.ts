/** What a real Prometheus makes of a gateway's and a controller's metrics, and of the dashboard and the alerts that are shipped. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { SILENT } from '../../../src/launch/progress.ts';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { buildPrometheus } from '../../helpers/build-prometheus.ts';
import { queriesOf, readDashboard } from '../../helpers/dashboard.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { documentedMetrics } from '../../helpers/metrics-doc.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { samplesOf, sumOfSamples } from '../../helpers/prometheus-text.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type RunningPrometheus, startPrometheus } from './start-prometheus.ts';

/** Whose limit is soon met. */
const TENANT = 'metr01';
const BUSY = { tenant: 'demo01' };
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

interface Query {
  readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[];
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly state: string; readonly health: string; readonly lastError?: string }[];
  }[];
}

describe('metrics', function () {
  this.timeout(180_000);
  let stack: Stack;
  let prometheus: RunningPrometheus;
  const textOf = async (url: string) => await (await fetch(`${url}/metrics`)).text();
  const gateway = () => textOf(stack.endpoints.admin);
  const controller = () => textOf(stack.endpoints.controllerAdmin);

  before(async function () {
    // Prometheus may have to be built.
    this.timeout(900_000);
    await buildPrometheus(SILENT);
    stack = await sharedStack();
    await makeTenant(stack, TENANT, { 'tce.kubezoo/requests-per-second': '5', 'tce.kubezoo/burst': '5' });
    prometheus = await startPrometheus(stack, {
      'gateway:9464': new URL(stack.endpoints.admin).host,
      'controller:9465': new URL(stack.endpoints.controllerAdmin).host,
    });
  });
  after(async () => {
    await prometheus?.stop();
    await stack?.kubectl(['delete', 'tenant', TENANT, '--timeout=60s'], 'operator');
  });

  const query = async (expression: string) => (await prometheus.ask<Query>('query', { query: expression })).result;

  /** Something of everything that is counted by what it is. */
  async function makeTraffic(): Promise<void> {
    const client = stack.client(BUSY);
    const limited = stack.client({ tenant: TENANT });
    try {
      const watch = await openWatch(readKubeconfig(stack.kubeconfig(BUSY)), CONFIG_MAPS);
      const name = `traffic-${Date.now()}`;
      await client.request('POST', CONFIG_MAPS, { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } });
      for (const path of [`${CONFIG_MAPS}/${name}`, '/api/v1/configmaps', '/apis', '/api/v1/nodes/none']) await client.request('GET', path);
      await Promise.all(Array.from({ length: 20 }, () => limited.request('GET', CONFIG_MAPS)));
      watch.close();
    } finally {
      client.close();
      limited.close();
    }
  }

  it('are in the form and by the conventions of Prometheus', async () => {
    const { promtool } = await buildPrometheus(SILENT);
    const folder = mkdtempSync(join(tmpdir(), 'kz-metrics-'));
    try {
      for (const [name, text] of Object.entries({ gateway: await gateway(), controller: await controller() })) {
        const file = join(folder, name);
        writeFileSync(file, text);
        const { code, stdout, stderr } = await runTool('sh', ['-c', '"$0" check metrics < "$1"', promtool, file]);
        assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are all in docs/metrics.md, and all that is there is told', async () => {
    await makeTraffic();
    for (const [process, text] of Object.entries({ gateway: await gateway(), controller: await controller() })) {
      const documented = documentedMetrics().filter(({ of }) => of.includes(process as 'gateway'));
      const told = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
      assert.deepEqual([...told.keys()].sort(), documented.map(({ name }) => name).sort());
      for (const { name, type, labels } of documented) {
        assert.equal(told.get(name), type, name);
        for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
          for (const sample of samplesOf(text, name + suffix))
            for (const label of Object.keys(sample.labels)) assert.ok(label === 'le' || labels.includes(label), `${name} has ${label}`);
      }
    }
  });

  it('count what a tenant does, and how it ends', async () => {
    const countOf = async (name: string, labels: Readonly<Record<string, string>>) =>
      samplesOf(await gateway(), name)
        .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
        .reduce((sum, { value }) => sum + value, 0);
    const created = { verb: 'create', resource: 'configmaps', route: 'upstream', code: '201' };
    const watched = { kind: 'watch', end: 'left' };
    const before = {
      created: await countOf('kubezoo_requests_total', created),
      bytes: await countOf('kubezoo_translated_bytes_total', { direction: 'request' }),
      left: await countOf('kubezoo_exchanges_ended_total', watched),
      limited: await countOf('kubezoo_limited_requests_total', { tenant: TENANT, limit: 'rate' }),
      ofTenant: await countOf('kubezoo_tenant_requests_total', { tenant: 'demo01' }),
    };
    const open = await countOf('kubezoo_exchanges_open', { kind: 'watch' });
    const watch = await openWatch(readKubeconfig(stack.kubeconfig(BUSY)), CONFIG_MAPS);
    assert.equal(await countOf('kubezoo_exchanges_open', { kind: 'watch' }), open + 1);
    watch.close();
    await makeTraffic();
    await waitUntil('the exchanges to be over', async () => (await countOf('kubezoo_exchanges_ended_total', watched)) >= before.left + 2, {
      timeoutMs: 20_000,
    });
    assert.equal(await countOf('kubezoo_requests_total', created), before.created + 1);
    assert.ok((await countOf('kubezoo_translated_bytes_total', { direction: 'request' })) > before.bytes);
    assert.ok((await countOf('kubezoo_limited_requests_total', { tenant: TENANT, limit: 'rate' })) > before.limited);
    assert.ok((await countOf('kubezoo_tenant_requests_total', { tenant: 'demo01' })) >= before.ofTenant + 7);
  });

  it('know when certificates end, who leads, and how the tenants are', async () => {
    const ends = samplesOf(await gateway(), 'kubezoo_certificate_expiry_timestamp_seconds');
    assert.deepEqual(ends.map(({ labels }) => labels.certificate).sort(), [
      'admission-bridge',
      'client-ca',
      'serving',
      'serving-ca',
      'upstream-gateway',
    ]);
    for (const { labels, value } of ends) assert.ok(value > Date.now() / 1000, labels.certificate);
    const text = await controller();
    assert.equal(sumOfSamples(text, 'kubezoo_leader_election_master_status'), 1);
    assert.equal(sumOfSamples(text, 'kubezoo_controller_platform_installed'), 1);
    const ready = samplesOf(text, 'kubezoo_controller_tenants').find(({ labels }) => labels.phase === 'Ready');
    assert.ok(ready && ready.value >= 3);
    assert.equal((await fetch(`${stack.endpoints.controllerAdmin}/readyz`)).status, 200);
  });

  it('answer every query of the dashboard', async () => {
    const missing = new Set(queriesOf(readDashboard(), '30s'));
    // Rates want two scrapes with something between them.
    await waitUntil(
      'every query to have a series',
      async () => {
        await makeTraffic();
        for (const each of missing) if ((await query(each.query)).length > 0) missing.delete(each);
        return missing.size === 0;
      },
      { timeoutMs: 60_000, intervalMs: 1_000 },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : error}: ${[...missing].map(({ title }) => title).join(', ')}`);
    });
  });

  it('wake nobody up while all is well', async () => {
    const rules = await waitUntil(
      'the rules to be evaluated',
      async () => {
        const { groups } = await prometheus.ask<Rules>('rules', { type: 'alert' });
        const all = groups.flatMap((group) => group.rules);
        return all.length > 0 && all.every(({ health }) => health !== 'unknown') ? all : undefined;
      },
      { timeoutMs: 30_000 },
    );
    for (const { name, health, lastError } of rules) assert.equal(health, 'ok', `${name}: ${lastError}`);
    // A tenant is at its limit, by this test's own doing.
    const active = rules.filter(({ name, state }) => state === 'firing' && name !== 'KubezooTenantLimited').map(({ name }) => name);
    assert.deepEqual(active, []);
    assert.deepEqual((await query('up')).map(({ metric, value }) => [metric.job, value[1]]).sort(), [
      ['kubezoo-controller', '1'],
      ['kubezoo-gateway', '1'],
    ]);
  });
});
