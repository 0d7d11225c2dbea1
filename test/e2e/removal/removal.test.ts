/** What a deleted tenant leaves behind: nothing, whatever it did to stay; and strangers are left alone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tenantKubeconfigAt } from '../../../src/launch/state/home.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { makeHostile } from './hostile-tenant.ts';
import { makeStrangers, type Strangers } from './strangers.ts';

const ID = 'host01';
const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const GRACE = 'kubezoo.io/finalizer-grace-period-seconds';
/** Kubernetes' own get twice as long. */
const GRACE_SECONDS = process.env.KUBEZOO_REMOVAL_GRACE ?? '8';

describe('removal of a tenant', function () {
  this.timeout(180_000);
  let stack: Stack;
  let strangers: Strangers;

  before(async () => {
    stack = await sharedStack();
  });
  after(async () => {
    await strangers?.remove();
    await stack?.kubectl(['delete', 'node', `node-of-${ID}-nowhere`], 'upstream');
  });

  const cli = (...args: string[]) =>
    promisify(execFile)(process.execPath, [MAIN, 'tenant', ...args, '--home', stack.home.root], { timeout: 100_000 });

  it('a hostile one goes with all it left, 16 namespaces and 50 kinds, and the proof is printed; strangers stay', async () => {
    await makeTenant(stack, ID, { [GRACE]: GRACE_SECONDS });
    strangers = await makeStrangers(stack, ID);
    await makeHostile(stack, ID);
    const began = performance.now();
    const { stdout, stderr } = await cli('delete', ID, '--wait');
    console.log(`      (removed after ${((performance.now() - began) / 1000).toFixed(1)} s with a grace period of ${GRACE_SECONDS} s)`);
    if (process.env.KUBEZOO_REMOVAL_SHOW) console.log(stderr + stdout);
    const kinds = Number(/removed \d+ objects of (\d+) kinds/.exec(stdout)?.[1]);
    assert.ok(kinds >= 50, stdout);
    assert.match(stdout, /^ +16 namespaces$/m);
    for (const kind of [
      'configmaps',
      'converted.host01-acme.io',
      'unserved.host01-acme.io',
      'strict.host01-acme.io',
      'global.host01-acme.io',
    ])
      assert.match(stdout, new RegExp(`^ +\\d+ ${kind.replaceAll('.', '\\.')}$`, 'm'));
    assert.match(stdout, /finalizers were taken off because nobody did/);
    assert.match(
      stdout,
      new RegExp(`all \\d+ kinds that upstream serves, and etcd, were looked through: nothing of ${ID} is left\nthe id ${ID} is free\n`),
    );
    // How far it was, as it went.
    assert.match(stderr, /^\d+ objects are left: \d+ /m);
    await assertNothingLeft(ID);
    await strangers.assertUntouched();
  });

  it('the id can be given again, and the next tenant finds nothing of the one before', async () => {
    await makeTenant(stack, ID);
    const got = await stack.mustKubectl(['get', 'crds,namespaces,clusterroles', '-o', 'name'], { tenant: ID });
    assert.doesNotMatch(got, /acme\.io|ns\d|left/);
    const { stdout } = await cli('delete', ID);
    assert.match(stdout, new RegExp(`the id ${ID} is free`));
    await assertNothingLeft(ID);
  });

  it('while it goes, its id is taken, and conditions say what is left', async () => {
    const id = 'host02';
    await makeTenant(stack, id, { [GRACE]: '600' });
    await stack.mustKubectl(
      ['create', '-f', '-'],
      { tenant: id },
      { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hold', finalizers: ['example.com/never'] } }) },
    );
    await stack.mustKubectl(['delete', 'tenant', id, '--wait=false'], 'operator');
    await stack.mustKubectl(['wait', '--for=condition=CleanedUp=false', `tenant/${id}`], 'operator');
    await stack.mustKubectl(
      ['wait', '--for=jsonpath={.status.removal.remaining.configmaps}=1', `tenant/${id}`, '--timeout=60s'],
      'operator',
    );
    const { metadata, status } = JSON.parse(await stack.mustKubectl(['get', 'tenant', id, '-o', 'json'], 'operator')) as Tenant;
    assert.ok(metadata.deletionTimestamp);
    const cleanedUp = status?.conditions?.find(({ type }) => type === 'CleanedUp');
    assert.equal(cleanedUp?.reason, 'ObjectsRemain');
    assert.match(cleanedUp?.message ?? '', /objects are left: .*1 configmaps \(default\/hold\)/);
    const again = await stack.kubectl(['create', '-f', '-'], 'operator', {
      stdin: JSON.stringify({ apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: id } }),
    });
    assert.match(again.stderr, /AlreadyExists/);
    // The operator's patience is over before the platform's.
    await stack.mustKubectl(['annotate', '--overwrite', 'tenant', id, `${GRACE}=0`], 'operator');
    await stack.mustKubectl(['wait', '--for=delete', `tenant/${id}`, '--timeout=60s'], 'operator');
    await assertNothingLeft(id);
  });

  async function assertNothingLeft(id: string): Promise<void> {
    const names = await stack.mustKubectl(['get', 'tenants', '-o', 'name'], 'operator');
    assert.doesNotMatch(names, new RegExp(id));
    assert.equal(existsSync(tenantKubeconfigAt(stack.home, id)), false);
    const upstream = stack.client('upstream');
    try {
      const { body } = await upstream.request('GET', '/api/v1/namespaces');
      const { items } = JSON.parse(body) as { items: { metadata: { name: string } }[] };
      assert.ok(!items.some(({ metadata }) => metadata.name.startsWith(`${id}-`)));
    } finally {
      upstream.close();
    }
    // Kubernetes' own tool, asked for everything that it knows.
    const resources = (await stack.mustKubectl(['api-resources', '--verbs=list,delete', '-o', 'name'], 'upstream'))
      .split('\n')
      .filter(Boolean);
    const all = await stack.mustKubectl(['get', resources.join(','), '-A', '-o', 'name', '--ignore-not-found'], 'upstream');
    assert.doesNotMatch(
      all,
      new RegExp(`/(v1\\.)?${id}-(?!gadget|things|config)|[./]${id}-acme\\.io(?<!x\\.${id}-acme\\.io)|kubezoo:${id}:`),
    );
  }
});
