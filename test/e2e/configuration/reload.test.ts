/** The configuration of a running gateway with two threads: what is in force at once, what waits for a restart, what is wrong. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Config } from '../../../src/config/config.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';

const TENANT = 'demo01';
const WITHIN = { timeoutMs: 20_000 };
/** Envoy gives requests to the two threads in turn: so many tell of both. */
const OF_BOTH_THREADS = 10;

describe('a configuration that changes while the gateway runs', () => {
  let stack: Stack;
  let cluster: Cluster;
  let atStart: Config;

  before(async function () {
    this.timeout(120_000);
    stack = await startStack({ tenants: [TENANT], workers: 2 });
    cluster = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
    atStart = JSON.parse(readFileSync(stack.home.config, 'utf8'));
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(stack?.logs());
  });
  after(() => stack?.stop());

  function write(text: string): void {
    writeFileSync(`${stack.home.config}.new`, text, { mode: 0o600 });
    renameSync(`${stack.home.config}.new`, stack.home.config);
  }
  const change = (fields: Partial<Config>) => write(JSON.stringify({ ...atStart, ...fields }, null, 2));
  const linesOf = (process: string): { name: string; level: number; msg: string; problems?: string[] }[] =>
    readFileSync(stack.processes.process(process).logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const says = (process: string, msg: string) => linesOf(process).some((line) => line.msg === msg);
  /** Of the file as it is now. */
  async function state(): Promise<{ isGood: number; pending: number }> {
    const text = await (await fetch(`${stack.endpoints.admin}/metrics`)).text();
    const numberAt = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    return { isGood: numberAt('kubezoo_config_last_load_successful'), pending: numberAt('kubezoo_config_restart_pending') };
  }
  async function policies(): Promise<Set<string>> {
    const answers = Array.from({ length: OF_BOTH_THREADS }, () => openExchange(cluster, '/api/v1/namespaces/default').answer());
    return new Set((await Promise.all(answers)).map(({ headers }) => String(headers['ratelimit-policy'])));
  }
  const inForce = (limit: number) =>
    waitUntil(
      `a limit of ${limit}`,
      async () => {
        const seen = [...(await policies())];
        return seen.length === 1 && seen[0]!.startsWith(`"inflight";q=${limit};`);
      },
      WITHIN,
    );

  it('default limits and the log level are in force in all threads, and what is not says so', async () => {
    await inForce(400);
    change({ limits: { maxRequestsInflight: 123 }, logLevel: 'debug', workers: 3 });
    await inForce(123);
    await waitUntil(
      'both threads to log in detail',
      () => ['sidecar/0', 'sidecar/1'].every((name) => linesOf('sidecar').some((line) => line.name === name && line.level === 20)),
      WITHIN,
    );
    for (const msg of ['limits.maxRequestsInflight changed: in force', 'workers changed: takes effect after a restart']) {
      assert.ok(says('sidecar', msg), msg);
    }
    assert.deepEqual(await state(), { isGood: 1, pending: 1 });
    await waitUntil('the controller', () => says('controller', 'logLevel changed: in force'), WITHIN);
    assert.ok(!linesOf('controller').some(({ msg }) => msg.startsWith('limits')), 'limits are no business of the controller');
  });

  it('a file that is wrong changes nothing: requests go on, and the log names the line', async () => {
    write(JSON.stringify({ ...atStart, limits: { maxRequestsInflight: -1 } }, null, 2));
    await waitUntil('the file to be refused', async () => (await state()).isGood === 0, WITHIN);
    const line = linesOf('sidecar').findLast(({ level }) => level === 50)!;
    const text = readFileSync(stack.home.config, 'utf8');
    const number = text.split('\n').findIndex((one) => one.includes('"maxRequestsInflight"')) + 1;
    assert.ok(line.problems![0]!.startsWith(`${stack.home.config}:${number}: limits.maxRequestsInflight: `), line.problems!.join());
    write(text.slice(0, 100));
    await waitUntil('the other problem', () => linesOf('sidecar').filter(({ level }) => level === 50).length === 2, WITHIN);
    assert.equal((await fetch(`${stack.endpoints.admin}/readyz`)).status, 200);
    assert.deepEqual(
      [...(await policies())].map((policy) => policy.slice(0, 16)),
      ['"inflight";q=123'],
    );
    await waitUntil('the controller', () => linesOf('controller').some(({ level, problems }) => level === 50 && problems), WITHIN);
    change({ limits: { maxRequestsInflight: 77 } });
    await inForce(77);
    assert.deepEqual(await state(), { isGood: 1, pending: 0 });
  });

  it('the request log can be switched on', async () => {
    const path = '/api/v1/namespaces/default/configmaps/told';
    const isTold = () => readFileSync(stack.processes.process('sidecar').logFile, 'utf8').includes('"name":"told"');
    const ask = async () => assert.equal((await openExchange(cluster, path).answer()).status, 404);
    await ask();
    change({ requestLog: { requests: 'all', path: '-', maxSizeMiB: 100, maxFiles: 10 } });
    await waitUntil('the log to be in force', () => says('sidecar', 'requestLog.requests changed: in force'), WITHIN);
    assert.deepEqual(await state(), { isGood: 1, pending: 0 });
    await waitUntil(
      'a request to be told',
      async () => {
        await ask();
        return isTold();
      },
      WITHIN,
    );
    change({});
  });

  it('certificates are made as is said now, and caps count from now on', async () => {
    change({ certificates: { validitySeconds: 3600 }, defaultCaps: { 'count/namespaces': 1 } });
    await waitUntil('the controller', () => says('controller', 'certificates.validitySeconds changed: in force'), WITHIN);
    await makeTenant(stack, 'short1');
    const { clientCert } = readKubeconfig(stack.kubeconfig({ tenant: 'short1' })) as { clientCert: string };
    const { validFromDate, validToDate } = new X509Certificate(clientCert);
    assert.ok(validToDate.getTime() - validFromDate.getTime() < 2 * 3_600_000);
    let made = 0;
    let refusal = '';
    // Each process, and with the sidecar its threads, reads for itself.
    const isRefused = async () => {
      const { code, stderr } = await stack.kubectl(['create', 'namespace', `made-${made++}`], { tenant: TENANT });
      refusal = stderr;
      return code === 1;
    };
    await waitUntil('the cap to be in force', isRefused, WITHIN);
    assert.match(refusal, /count\/namespaces|quota/);
    change({});
    await waitUntil(
      'the cap to be gone',
      async () => (await stack.kubectl(['create', 'namespace', 'one'], { tenant: TENANT })).code === 0,
      WITHIN,
    );
  });
});
