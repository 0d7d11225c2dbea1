import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../src/config/config.ts';
import { answersWith } from '../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import type { Stack } from '../helpers/stack.ts';
import { allFaults, strikeFaults } from './faults.ts';
import { Informers } from './informers.ts';
import { type Observations, RESOURCES, type Resource } from './observation.ts';
import type { Random } from './random.ts';
import { RawWatcher } from './raw-watcher.ts';
import { ID_STEM, makeTenants, ownerMark, tenantIds } from './tenants.ts';
import { UpstreamRecorder } from './upstream-record.ts';
import { judge } from './verify/judge.ts';
import type { UpstreamRecord } from './verify/own-record.ts';
import { Writer } from './writer.ts';

const MINUTE_MS = 60_000;
const SERVED_WITHIN_MS = 120_000;
const SETTLED_WITHIN_MS = 120_000;
/** For so long nothing may happen upstream before the end is compared; deleted namespaces take their time. */
const QUIET_MS = 5000;
const CATCH_UP_WITHIN_MS = 90_000;
/** Pauses between faults in a soak of this length or a longer one; shorter soaks have shorter ones. */
const PAUSE_MS: readonly [number, number] = [20_000, 60_000];
const FULL_PAUSES_MINUTES = 15;
const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export interface SoakOptions {
  readonly stack: Stack;
  /** The test's own clients. */
  readonly binary: string;
  readonly tenants: number;
  readonly minutes: number;
  readonly writesPerSecond: number;
  readonly random: Random;
  /** Aborted, the soak ends without a verdict. */
  readonly signal: AbortSignal;
}

/** Runs the whole soak, with a line on the console for each step and each minute; resolves with what was found wrong. */
export async function soak(options: SoakOptions): Promise<string[]> {
  const { stack, random, signal } = options;
  const config = JSON.parse(readFileSync(stack.home.config, 'utf8')) as Config;
  const recorder = await UpstreamRecorder.start(config.etcdEndpoints);
  const ids = tenantIds(options.tenants);
  const [writers, watchers, informers]: [Writer[], RawWatcher[], Informers[]] = [[], [], []];
  try {
    await makeTenants(stack, ids, (count) => {
      if (count % 10 === 0 || count === ids.length) console.log(`${count} of ${ids.length} tenants`);
    });
    signal.throwIfAborted();
    informers.push(...startInformers(options, ids));
    await Promise.all(informers.map((each) => each.started()));
    const clusterOf = (tenantId: string) => readKubeconfig(stack.kubeconfig({ tenant: tenantId }));
    watchers.push(...ids.map((tenantId) => new RawWatcher(clusterOf(tenantId), tenantId, random.fork())));
    const writesPerSecond = options.writesPerSecond / ids.length;
    writers.push(...ids.map((tenantId) => new Writer({ cluster: clusterOf(tenantId), tenantId, random: random.fork(), writesPerSecond })));
    await Promise.all(writers.map((writer) => writer.start()));
    console.log(`writing; caches are kept by ${informers.map(({ title }) => title).join(' and ')}`);
    const { struck, complaints } = await disturb(options, recorder, () => figuresLine(recorder, writers, watchers));
    await Promise.all(writers.map((writer) => writer.stop()));
    await settled(recorder, signal);
    const behind = await caughtUp(recorder, watchers);
    await Promise.all(informers.map((each) => each.verify()));
    await Promise.all([...watchers, ...informers].map((each) => each.stop()));
    const doubts = await recorder.doubts();
    await recorder.stop();
    return verdictOf({ ids, recorder, writers, watchers, informers, faults: struck, problems: [...complaints, ...behind, ...doubts] });
  } finally {
    await Promise.all([...writers, ...watchers, ...informers].map((each) => each.stop()));
    await recorder.stop();
  }
}

/** Two processes, as media type and WatchList are a whole process's: half of the tenants each. */
function startInformers({ stack, binary }: SoakOptions, ids: readonly string[]): Informers[] {
  const half = Math.ceil(ids.length / 2);
  const tenantsOf = (some: readonly string[]) => some.map((id) => ({ id, kubeconfig: stack.kubeconfig({ tenant: id }) }));
  const common = { binary, folder: stack.home.logsDir };
  const [first, second] = [ids.slice(0, half), ids.slice(half)];
  return [
    new Informers({ ...common, title: 'JSON informers', mediaType: JSON_TYPE, watchList: true, tenants: tenantsOf(first) }),
    new Informers({ ...common, title: 'protobuf informers', mediaType: PROTOBUF, watchList: false, tenants: tenantsOf(second) }),
  ].filter((_, index) => index === 0 || second.length > 0);
}

interface Disturbance {
  /** How often there was each fault. */
  readonly struck: ReadonlyMap<string, number>;
  readonly complaints: readonly string[];
}

/** Faults one after the other until the time is up. */
async function disturb(options: SoakOptions, recorder: UpstreamRecorder, figures: () => string): Promise<Disturbance> {
  const { stack, minutes, random, signal } = options;
  const client = stack.client({ tenant: tenantIds(1)[0]! });
  const struck = new Map<string, number>();
  const complaints: string[] = [];
  const begun = performance.now();
  const timeIsUp = AbortSignal.any([signal, AbortSignal.timeout(minutes * MINUTE_MS)]);
  const scale = Math.min(1, minutes / FULL_PAUSES_MINUTES);
  const printing = setInterval(() => console.log(`${Math.round((performance.now() - begun) / MINUTE_MS)} min: ${figures()}`), MINUTE_MS);
  try {
    await strikeFaults({
      faults: allFaults(stack, recorder, random.fork()),
      random: random.fork(),
      pauseMs: [PAUSE_MS[0] * scale, PAUSE_MS[1] * scale],
      served: async () => {
        await waitUntil('the gateway to serve again', () => answersWith(client, '/api/v1/configmaps?limit=1'), {
          timeoutMs: SERVED_WITHIN_MS,
          signal,
        });
      },
      onFault: (title, recoveryMs, complaint) => {
        if (complaint !== undefined) complaints.push(complaint);
        struck.set(title, (struck.get(title) ?? 0) + 1);
        console.log(`  ${title}: served again after ${(recoveryMs / 1000).toFixed(1)} s${complaint === undefined ? '' : `; ${complaint}`}`);
      },
      signal: timeIsUp,
    });
    signal.throwIfAborted();
    return { struck, complaints };
  } finally {
    clearInterval(printing);
    client.close();
  }
}

function figuresLine(recorder: UpstreamRecorder, writers: readonly Writer[], watchers: readonly RawWatcher[]): string {
  const changes = sum(RESOURCES.map((resource) => recorder.record(resource).changes.length));
  const writes = added(writers.map(({ statuses }) => statuses));
  return `revision ${recorder.through}, ${changes} changes, writes by status ${inWords(writes)}; raw watchers: ${rawFigures(watchers)}`;
}

function rawFigures(watchers: readonly RawWatcher[]): string {
  return [
    `${sum(watchers.map(({ observations }) => observations.sessions.length))} watches`,
    `${sum(watchers.map(({ observations }) => observations.listings.length))} lists`,
    `${sum(watchers.map(({ expired }) => expired))} expired`,
    `${sum(watchers.map(({ broken }) => broken))} broken`,
    `${sum(watchers.map(({ overdue }) => overdue))} overdue`,
    `refused ${inWords(added(watchers.map(({ refusals }) => refusals)))}`,
  ].join(', ');
}

/** Waits until nothing happens upstream any more. */
async function settled(recorder: UpstreamRecorder, signal: AbortSignal): Promise<void> {
  const changes = () => RESOURCES.map((resource) => recorder.record(resource).changes.length).join();
  await waitUntil(
    'upstream to come to rest',
    async () => {
      const before = changes();
      await delay(QUIET_MS, undefined, { signal });
      return changes() === before;
    },
    { timeoutMs: SETTLED_WITHIN_MS, signal },
  );
}

/** Waits until every raw watcher knows the last change of its tenant; resolves with those that do not. */
async function caughtUp(recorder: UpstreamRecorder, watchers: readonly RawWatcher[]): Promise<string[]> {
  const { changes } = recorder.record('configmaps');
  const behind = () =>
    watchers.filter(({ observations, reached }) => {
      const last = changes.findLast(({ key }) => key.startsWith(observations.observer.tenantId));
      return last !== undefined && reached < last.revision;
    });
  await waitUntil('the raw watchers', () => behind().length === 0, { timeoutMs: CATCH_UP_WITHIN_MS }).catch(() => {});
  return behind().map(({ observations, reached }) => `${observations.observer.tenantId}: its raw watcher stays at ${reached}`);
}

interface Ended {
  readonly ids: readonly string[];
  readonly recorder: UpstreamRecorder;
  readonly writers: readonly Writer[];
  readonly watchers: readonly RawWatcher[];
  readonly informers: readonly Informers[];
  readonly faults: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/** Prints the figures; all that is wrong. */
function verdictOf({ ids, recorder, writers, watchers, informers, faults, problems }: Ended): string[] {
  const observations: Observations[] = [...watchers.map((each) => each.observations), ...informers.flatMap((each) => each.observations)];
  const records = Object.fromEntries(RESOURCES.map((resource) => [resource, recorder.record(resource)])) as Record<
    Resource,
    UpstreamRecord
  >;
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  const verdict = judge({ tenantIds: ids, records, observations, acknowledged, markOf: ownerMark, forbidden: ID_STEM });
  const found = [
    ...problems,
    ...verdict.problems.map(({ text }) => text),
    ...informers.flatMap((each) => each.problems),
    ...watchers.flatMap(({ observations: { observer }, forbidden }) =>
      forbidden.map((text) => `${observer.tenantId}: raw watcher: a name of upstream's: ${text}`),
    ),
    ...writers.flatMap(({ unexpected }) => unexpected),
  ];
  const caches = sum(informers.map((each) => each.caches));
  if (caches !== ids.length * RESOURCES.length) found.push(`${caches} caches were compared, not ${ids.length * RESOURCES.length}`);
  console.log(`faults: ${inWords(faults)}`);
  console.log(`writes: ${inWords(added(writers.map(({ statuses }) => statuses)))}; ${acknowledged.length} acknowledged with an object`);
  console.log(`record: ${RESOURCES.map((resource) => `${records[resource].changes.length} ${resource}`).join(', ')}`);
  for (const [client, { lists, watches, changes, told }] of verdict.figures) {
    console.log(`${client}: ${lists} lists, ${watches} watches, ${told} of ${changes} changes told by a watch, the others by a later list`);
  }
  for (const each of informers) {
    console.log(
      `${each.title}: ${each.caches} caches with ${each.objects} objects compared with a fresh list; ERROR events ${inWords(each.errors)}`,
    );
  }
  console.log(`raw watchers: ${rawFigures(watchers)}`);
  return found;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function added(counts: readonly ReadonlyMap<string | number, number>[]): Map<string | number, number> {
  const total = new Map<string | number, number>();
  for (const each of counts) for (const [key, count] of each) total.set(key, (total.get(key) ?? 0) + count);
  return total;
}

/** `200: 5, 503: 1` */
function inWords(counts: ReadonlyMap<string | number, number>): string {
  const words = [...counts].map(([key, count]) => `${key}: ${count}`).sort();
  return words.length > 0 ? words.join(', ') : 'none';
}
