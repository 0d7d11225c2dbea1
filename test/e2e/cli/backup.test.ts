import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/config.ts';
import { answersWith, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../../src/tenants/tenant.ts';
import { runKubezoo } from '../../helpers/kubezoo-command.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';

const TENANT = 'bak001';
const ALL = ['demo01', 'demo02', TENANT];

const isLeaving = ({ metadata }: { readonly metadata: { readonly deletionTimestamp?: string } }) =>
  metadata.deletionTimestamp !== undefined;

describe('kubezoo backup and restore', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-backup-'));
  const file = join(folder, 'tenants.yaml');
  let stack: Stack;
  let etcd: ReturnType<typeof connectEtcd>;
  /** All that the platform had in etcd, should a test leave it without. */
  let kept: { key: Buffer; value: Buffer }[] = [];
  /** As they were handed out before the loss. */
  let oldKubeconfigs: Map<string, Cluster>;

  const kubezoo = (...args: string[]) => runKubezoo([...args, '--home', stack.home.root]);
  const readTenant = async (id: string) => JSON.parse(await stack.mustKubectl(['get', 'tenant', id, '-o', 'json'], 'operator')) as Tenant;
  const range = () => ({ key: Buffer.from('/kubezoo/'), range_end: Buffer.from('/kubezoo0') });
  const wipe = () => etcd.kv.deleteRange(range());
  /** What the tenants own upstream: kind, name and uid of each. */
  const owned = async () => {
    const kinds = 'namespaces,clusterroles,clusterrolebindings,configmaps,serviceaccounts';
    const { items } = JSON.parse(await stack.mustKubectl(['get', kinds, '-A', '-o', 'json'], 'upstream')) as {
      items: { kind: string; metadata: { name: string; namespace?: string; uid: string; deletionTimestamp?: string } }[];
    };
    // Namespaces of other tests may still be on their way out, and all that is in them.
    const leaving = new Set(items.filter(isLeaving).map(({ metadata }) => metadata.name));
    const isTheirs = (name: string) => ALL.some((id) => name.startsWith(`${id}-`)) && !leaving.has(name);
    return items
      .filter(({ metadata }) => isTheirs(metadata.namespace ?? metadata.name))
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid}`)
      .sort();
  };
  const isAnswered = async (id: string, path = '/api/v1/namespaces/default') => {
    const client = new KubeClient(oldKubeconfigs.get(id)!);
    try {
      return await answersWith(client, path);
    } finally {
      client.close();
    }
  };

  before(async () => {
    stack = await sharedStack();
    // A tenant of another test that is still on its way out would be in the backup as one; and without its key nothing would go on with it.
    const leaving = async () => JSON.parse(await stack.mustKubectl(['get', 'tenants', '-o', 'json'], 'operator')).items.filter(isLeaving);
    await waitUntil('no tenant to be on its way out', async () => (await leaving()).length === 0, { timeoutMs: 90_000 });
    await makeTenant(stack, TENANT, { note: 'kept' });
    etcd = connectEtcd(loadConfig(stack.home.config).etcdEndpoints);
    kept = (await etcd.kv.range(range())).kvs;
    oldKubeconfigs = new Map(ALL.map((id) => [id, readKubeconfig(stack.kubeconfig({ tenant: id }))]));
    await stack.mustKubectl(['create', 'configmap', 'mine', '--from-literal=a=b'], { tenant: TENANT });
  });
  after(async () => {
    // The stack is shared: whatever happened, its tenants are there afterwards.
    const present = new Set((await etcd.kv.range(range())).kvs.map(({ key }) => key.toString()));
    for (const { key, value } of kept) {
      if (!present.has(key.toString()) && !key.includes('leader/')) await etcd.kv.put({ key, value });
    }
    etcd.close();
    await kubezoo('tenant', 'delete', TENANT);
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes what people can read, for its owner alone, without private keys', async () => {
    const { code, stdout, stderr } = await kubezoo('backup', '-o', file);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^\d+ tenants at revision \d+ written to /);
    assert.equal(statSync(file).mode & 0o077, 0);
    const text = readFileSync(file, 'utf8');
    const { items } = parse(text) as { items: Tenant[] };
    const item = items.find(({ metadata }) => metadata.name === TENANT);
    assert.equal(item?.metadata.uid, (await readTenant(TENANT)).metadata.uid);
    assert.deepEqual(item?.metadata.annotations, { note: 'kept' });
    assert.ok(!text.includes(KUBECONFIG_ANNOTATION));
    const withKeys = await kubezoo('backup', '-o', '-', '--secrets', '--format', 'json');
    assert.match(withKeys.stderr, /private keys of tenants are in it/);
    assert.ok(
      (JSON.parse(withKeys.stdout) as { items: Tenant[] }).items.some(({ metadata }) => metadata.annotations?.[KUBECONFIG_ANNOTATION]),
    );
  });

  it('brings the tenants back after the loss of all keys: their kubeconfigs work, and nothing was deleted or made anew', async () => {
    const before = await owned();
    assert.ok(before.some((line) => line.startsWith(`ConfigMap ${TENANT}-default/mine `)));
    const { uid } = (await readTenant(TENANT)).metadata;
    await wipe();
    await waitUntil('the gateway to know no tenant', async () => !(await isAnswered(TENANT)), { timeoutMs: 10_000 });

    const dry = await kubezoo('restore', file, '--dry-run');
    assert.deepEqual([dry.code, dry.stderr], [0, '']);
    assert.match(dry.stdout, new RegExp(`${TENANT} restored \\(dry run\\)`));
    assert.equal((await etcd.kv.range({ key: Buffer.from(`/kubezoo/tenants/${TENANT}`) })).kvs.length, 0);

    const restored = await kubezoo('restore', file);
    assert.deepEqual([restored.code, restored.stderr], [0, '']);
    for (const id of ALL) await waitUntil(`${id} to be served`, () => isAnswered(id), { timeoutMs: 20_000 });
    assert.ok(await isAnswered(TENANT, '/api/v1/namespaces/default/configmaps/mine'));
    // The controller has been through with each of them, and found everything as it was.
    const ready = async (id: string) => (await readTenant(id)).status?.phase === 'Ready';
    for (const id of ALL) await waitUntil(`${id} to be ready`, () => ready(id), { timeoutMs: 30_000 });
    assert.deepEqual(await owned(), before);
    assert.equal((await readTenant(TENANT)).metadata.uid, uid);
    for (const id of ALL) assert.ok(await isAnswered(id), id);
  });

  it('changes nothing when all is there', async () => {
    const { code, stdout } = await kubezoo('restore', file);
    assert.equal(code, 0);
    assert.deepEqual(
      new Set(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.replace(/^\S+ /, '')),
      ),
      new Set(['unchanged']),
    );
  });

  it('refuses when a tenant is there and differs, until it is told what to do', async () => {
    await kubezoo('tenant', 'limits', TENANT, '--qps', '77');
    const refused = await kubezoo('restore', file);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /nothing was restored: 1 of \d+ tenants were refused.*--skip-existing or --overwrite/);
    assert.match((await kubezoo('restore', file, '--skip-existing')).stdout, new RegExp(`${TENANT} left as it is`));
    assert.equal((await readTenant(TENANT)).spec.limits?.requestsPerSecond, 77);
    assert.match((await kubezoo('restore', file, '--overwrite')).stdout, new RegExp(`${TENANT} overwritten\n`));
    assert.deepEqual((await readTenant(TENANT)).spec, {});
    assert.ok(await isAnswered(TENANT));
  });

  it('refuses a file that was changed, and a tenant that would get what is not its own', async () => {
    const changed = join(folder, 'changed.yaml');
    writeFileSync(changed, readFileSync(file, 'utf8').replaceAll(TENANT, 'strngr'));
    assert.match((await kubezoo('restore', changed)).stderr, /the checksum is wrong/);
    await stack.mustKubectl(['create', 'namespace', 'strngr-platform'], 'upstream');
    try {
      const { code, stdout } = await kubezoo('restore', changed, '--ignore-checksum');
      assert.equal(code, 1);
      assert.match(stdout, /strngr refused: upstream holds namespace "strngr-platform"/);
      assert.equal((await etcd.kv.range({ key: Buffer.from('/kubezoo/tenants/strngr') })).kvs.length, 0);
    } finally {
      await stack.mustKubectl(['delete', 'namespace', 'strngr-platform', '--wait=false'], 'upstream');
    }
  });
});
