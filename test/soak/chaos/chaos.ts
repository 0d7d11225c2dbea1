import { existsSync } from 'node:fs';
import { loadConfig } from '../../../src/config/config.ts';
import { answersWith } from '../../../src/launch/kube/kube-client.ts';
import { tenantKubeconfigAt } from '../../../src/launch/state/home.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { auditUpstream } from '../../e2e/resilience/audit-upstream.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Replica, startReplica } from '../../helpers/start-replica.ts';
import { strikeFaults } from '../faults.ts';
import type { Random } from '../random.ts';
import { chaosFaults } from './chaos-faults.ts';
import { anatomy, differences, readKeys } from './keys-of-tenant.ts';
import { LeaderRecord, strayWrites, type UpstreamWrite } from './leader-record.ts';
import { type NamedController, startControllers } from './start-controllers.ts';
import { type Lives, liveTenants } from './tenant-lives.ts';

const ID_STEM = 'chaos';
/** Made before anything is struck: what a whole tenant looks like. */
const MODEL = 'model0';
const PAUSE_MS: readonly [number, number] = [1_000, 8_000];
const SERVED_WITHIN_MS = 120_000;
const WHOLE_WITHIN_MS = 120_000;
const GONE_WITHIN_MS = 240_000;

export interface ChaosOptions {
  readonly stack: Stack;
  readonly tenants: number;
  readonly minutes: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Runs it all, with a line for each fault; resolves with what was found wrong. */
export async function chaos(options: ChaosOptions): Promise<string[]> {
  const { stack, signal } = options;
  const config = loadConfig(stack.home.config);
  const etcd = connectEtcd(config.etcdEndpoints);
  const audit = await auditUpstream(stack);
  const controllers = await startControllers(stack);
  const replica = await startReplica(stack, 'r2');
  const leaders = new LeaderRecord(config.etcdEndpoints, `${config.etcdPrefix}leader/controller`, controllers);
  const ids = Array.from({ length: options.tenants }, (_, index) => `${ID_STEM}${index}`);
  const found: string[] = [];
  try {
    await makeTenant(stack, MODEL, {}, SERVED_WITHIN_MS);
    const model = await waitUntil('Kubernetes to fill the namespaces', () => wholeModel(etcd), { timeoutMs: WHOLE_WITHIN_MS });
    console.log(`a tenant is ${model.length} keys in etcd`);
    found.push(...(await disturb(options, replica, controllers, ids)));
    signal.throwIfAborted();
    found.push(...(await wholeTenants(etcd, ids, model)));
    await removeAll(stack, [...ids, MODEL]);
    found.push(...(await leftovers(etcd, stack, [...ids, MODEL])));
    found.push(...(await reused(stack, ids)));
    await removeAll(stack, ids);
    await leaders.stop();
    const writes = audit.read().flatMap((event) => writeOf(event, controllers));
    if (leaders.failure) found.push(`the record of leaders broke: ${leaders.failure}`);
    if (leaders.terms.some(({ user }) => user === undefined)) found.push('somebody unknown led');
    const stray = strayWrites(leaders.terms, writes);
    found.push(...stray);
    // The rule finds what it is there for: the same writes, had the other controller made them.
    const swapped = writes.map((write) => ({ ...write, user: controllers.find(({ user }) => user !== write.user)!.user }));
    if (strayWrites(leaders.terms, swapped).length < writes.length / 2) found.push('the check of double leaders proves nothing');
    console.log(
      `${leaders.terms.length} terms of leadership, ${writes.length} writes of controllers upstream, ${stray.length} of them stray`,
    );
    return found;
  } finally {
    await leaders.stop();
    etcd.close();
  }
}

/** What the model is made of, once Kubernetes has put its own into all four namespaces. */
async function wholeModel(etcd: ReturnType<typeof connectEtcd>): Promise<string[] | undefined> {
  const keys = anatomy(await readKeys(etcd), MODEL);
  const filled = (path: RegExp) => keys.filter((key) => path.test(key)).length === 4;
  return filled(/^\/registry\/serviceaccounts\/[^/]+\/default$/) && filled(/^\/registry\/configmaps\/[^/]+\/kube-root-ca\.crt$/)
    ? keys
    : undefined;
}

/** Faults and lives until the time is up; then every life comes to the end of its stage. */
async function disturb(options: ChaosOptions, replica: Replica, controllers: NamedController[], ids: string[]): Promise<string[]> {
  const { stack, random, signal, minutes } = options;
  const gateways = [stack.gatewayUrl, replica.gatewayUrl];
  const lives: Lives = { created: 0, used: 0, deleted: 0, statuses: new Map(), odd: new Map() };
  const over = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]);
  const struck = new Map<string, number>();
  const clients = [stack.client({ tenant: MODEL }), replica.client({ tenant: MODEL })];
  const serving = async () =>
    (await Promise.all(clients.map((client) => answersWith(client, '/api/v1/namespaces/default')))).every(Boolean);
  const served = async () => void (await waitUntil('both gateways to serve', serving, { timeoutMs: SERVED_WITHIN_MS, signal }));
  const complaints: string[] = [];
  const living = liveTenants({ stack, gateways, ids, random: random.fork(), over }, lives).catch((error: unknown) => {
    complaints.push(String(error));
  });
  await strikeFaults({
    faults: chaosFaults(stack, replica, controllers, random.fork()),
    random: random.fork(),
    pauseMs: PAUSE_MS,
    served,
    onFault: (title, recoveryMs) => {
      struck.set(title, (struck.get(title) ?? 0) + 1);
      console.log(`  ${title}: ${(recoveryMs / 1000).toFixed(1)} s; ${lives.created} created, ${lives.deleted} deleted`);
    },
    signal: over,
  });
  await living;
  for (const client of clients) client.close();
  console.log(`faults: ${[...struck].map(([title, times]) => `${title}: ${times}`).join(', ')}`);
  console.log(
    `lives: ${lives.created} created, ${lives.used} used, ${lives.deleted} deleted; answers ${JSON.stringify([...lives.statuses])}`,
  );
  for (const [status, answer] of lives.odd) console.log(`  ${status}: ${answer}`);
  if (lives.deleted === 0) complaints.push('no tenant came to its end');
  return complaints;
}

/** Tenants that are there are whole: made of what the model is made of, no more and no less. */
async function wholeTenants(etcd: ReturnType<typeof connectEtcd>, ids: readonly string[], model: readonly string[]): Promise<string[]> {
  const halfMade = async () => {
    const keys = await readKeys(etcd);
    const alive = ids.filter((id) => keys.some((key) => key.endsWith(`/tenants/${id}`)));
    return alive.flatMap((id) => differences(model, anatomy(keys, id)).map((difference) => `tenant ${id} is ${difference}`));
  };
  await waitUntil('tenants to be whole', async () => (await halfMade()).length === 0, { timeoutMs: WHOLE_WITHIN_MS }).catch(() => {});
  return await halfMade();
}

async function removeAll(stack: Stack, ids: readonly string[]): Promise<void> {
  await stack.mustKubectl(['delete', 'tenants', ...ids, '--ignore-not-found', '--wait=false'], 'operator');
  const left = async () => (await stack.mustKubectl(['get', 'tenants', '-o', 'name'], 'operator')).trim();
  await waitUntil('all tenants to be gone', async () => (await left()) === '', { timeoutMs: GONE_WITHIN_MS, intervalMs: 500 });
}

async function leftovers(etcd: ReturnType<typeof connectEtcd>, stack: Stack, ids: readonly string[]): Promise<string[]> {
  const keys = await readKeys(etcd);
  return ids.flatMap((id) => [
    ...keys.filter((key) => key.includes(id)).map((key) => `left of ${id}: ${key}`),
    ...(existsSync(tenantKubeconfigAt(stack.home, id)) ? [`left of ${id}: its kubeconfig`] : []),
  ]);
}

/** An id that was used is free for another tenant. */
async function reused(stack: Stack, ids: readonly string[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(ids.map((id) => makeTenant(stack, id, {}, SERVED_WITHIN_MS)));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
}

interface ControllerEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp?: string;
}

function writeOf(event: ControllerEvent, controllers: readonly NamedController[]): UpstreamWrite[] {
  const { user, verb, requestURI, requestReceivedTimestamp } = event;
  if (!controllers.some((controller) => controller.user === user.username)) return [];
  if (!/^(create|update|patch|delete|deletecollection)$/.test(verb) || requestURI.includes('dryRun')) return [];
  return [{ user: user.username, at: Date.parse(requestReceivedTimestamp ?? ''), what: `${verb} ${requestURI}` }];
}
