import assert from 'node:assert/strict';
import manifest from '../../../package.json' with { type: 'json' };
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { KUBEZOO, runKubezoo } from '../../helpers/kubezoo-command.ts';
import { isServed } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';

const TENANT = 'cli001';
const SAID = `tenant.tenant.kubezoo.io/${TENANT}`;

describe('kubezoo tenant, against a real gateway', () => {
  let stack: Stack;
  const kubezoo = (...args: string[]) => runKubezoo(['tenant', ...args, '--home', stack.home.root]);
  const read = async () => JSON.parse(await stack.mustKubectl(['get', 'tenant', TENANT, '-o', 'json'], 'operator')) as Tenant;
  before(async () => {
    stack = await sharedStack();
  });
  after(async () => {
    await kubezoo('delete', TENANT);
  });

  it('creates a tenant with limits and quota, and ends when it can be used', async () => {
    const flags = ['--qps', '500', '--inflight', '200', '--quota', 'pods=20,requests.memory=8Gi', '--wait'];
    assert.deepEqual(await kubezoo('create', TENANT, ...flags), { code: 0, stdout: `${SAID} created\n${SAID} ready\n`, stderr: '' });
    assert.equal((await read()).status?.phase, 'Ready');
    assert.deepEqual((await read()).spec, {
      limits: { maxRequestsInflight: 200, requestsPerSecond: 500 },
      quota: { hard: { pods: '20', 'requests.memory': '8Gi' } },
    });
    assert.ok(await isServed(stack, TENANT));
  });
  it('lists what tenants use', async () => {
    const { stdout } = await kubezoo('list', '-o', 'wide');
    const row = stdout.split('\n').find((line) => line.startsWith(TENANT));
    assert.match(row ?? stdout, new RegExp(`^${TENANT} +Ready +\\d+/200 .* 36\\dd +\\d+s +inflight=200,qps=500 `));
    assert.match(stdout, /^demo01 +Ready +\d+\//m);
  });
  it("works with the operator's kubeconfig alone, and does not see what only the gateway knows", async () => {
    const { stdout } = await runKubezoo(['tenant', 'list', '--kubeconfig', stack.home.operatorKubeconfig], { PATH: process.env.PATH });
    assert.match(stdout, new RegExp(`^${TENANT} +Ready +-/200 `, 'm'));
    const both = await runKubezoo(['tenant', 'list', '--kubeconfig', stack.home.operatorKubeconfig, '--home', stack.home.root]);
    assert.match(both.stderr, /cannot be used with/);
  });
  it('changes limits, and shows them', async () => {
    assert.equal((await kubezoo('limits', TENANT, '--qps', '600', '--unset', 'inflight')).stdout, `${SAID} limits changed\n`);
    assert.deepEqual((await read()).spec.limits, { requestsPerSecond: 600 });
    const { stdout } = await kubezoo('limits', TENANT, '-o', 'json');
    assert.deepEqual(JSON.parse(stdout).requestsPerSecond, { value: 600, from: 'spec' });
    assert.deepEqual(JSON.parse(stdout).maxRequestsInflight, { value: null, from: 'default' });
  });
  it('suspends and resumes, and waits for the controller each time', async () => {
    const { code, stdout, stderr } = await kubezoo('suspend', TENANT, '--mode', 'ReadOnly', '--reason', 'unpaid');
    assert.deepEqual([code, stdout, stderr], [0, `${SAID} suspended (ReadOnly)\n`, '']);
    const suspended = await read();
    assert.deepEqual(suspended.spec.suspension, { mode: 'ReadOnly', reason: 'unpaid' });
    assert.equal(suspended.status?.observedGeneration, suspended.metadata.generation);
    assert.match((await kubezoo('list')).stdout, new RegExp(`^${TENANT} +ReadOnly `, 'm'));
    assert.equal((await kubezoo('suspend', TENANT, '--mode', 'Frozen')).stdout, `${SAID} suspended (Frozen)\n`);
    assert.deepEqual((await read()).spec.suspension, { mode: 'Frozen' });
    assert.equal((await kubezoo('resume', TENANT)).stdout, `${SAID} resumed\n`);
    assert.equal((await read()).spec.suspension, undefined);
    assert.equal((await kubezoo('resume', TENANT)).stdout, `${SAID} is not suspended\n`);
  });
  for (const [what, args, complaint] of [
    ['a mode that is none', ['suspend', TENANT, '--mode', 'Off'], /Allowed choices are ReadOnly, Frozen/],
    ['no mode', ['suspend', TENANT], /required option '--mode/],
    ['an empty reason', ['suspend', TENANT, '--mode', 'Frozen', '--reason', ' '], /A reason is one line of text/],
    ['a limit of nothing', ['limits', TENANT, '--burst', '0'], /whole number from 1 to 1000000/],
    ['a limit of another name', ['limits', TENANT, '--qsp', '1'], /Did you mean --qps\?/],
    ['a command of another name', ['suspnd', TENANT], /Did you mean suspend\?/],
    ['a tenant that is not there', ['resume', 'nobody'], /Error from server \(NotFound\): tenants\.tenant\.kubezoo\.io "nobody" not found/],
    ['an id that is none', ['create', 'toolong7'], /The Tenant "toolong7" is invalid: metadata\.name/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await kubezoo(...args);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, complaint);
    });
  }
  it("refuses a tenant's kubeconfig for the operator's", async () => {
    const { code, stderr } = await runKubezoo(['tenant', 'list', '--kubeconfig', stack.kubeconfig({ tenant: 'demo01' })]);
    assert.equal(code, 1);
    assert.match(stderr, /Error from server/);
  });
  it('says its version, by the command that npx runs', async () => {
    const { code, stdout } = await runTool(process.execPath, [KUBEZOO, '--version']);
    assert.deepEqual([code, stdout], [0, `${manifest.version}\n`]);
  });

  it('completes in a real bash, tenants included', async () => {
    const script = `
      source <('${process.execPath}' '${KUBEZOO}' completion bash)
      complete -p kubezoo
      try() { COMP_WORDS=(kubezoo "$@"); COMP_CWORD=$#; COMPREPLY=(); _kubezoo; echo "\${COMPREPLY[*]}"; }
      try tena
      try tenant susp
      try tenant suspend cli
      try tenant suspend ${TENANT} --mode = Fr
      try tenant get --home '${stack.home.root}/nowhere' ''
      try restore pack
    `;
    const { stdout, stderr } = await runTool('bash', ['--norc', '-c', script], { env: { ...process.env, KUBEZOO_HOME: stack.home.root } });
    const expected = ['complete -F _kubezoo kubezoo', 'tenant', 'suspend', TENANT, 'Frozen', ''];
    assert.deepEqual(stdout.split('\n').slice(0, 6), expected, stderr);
    assert.match(stdout.split('\n')[6] ?? '', /package\.json/);
  });
});
