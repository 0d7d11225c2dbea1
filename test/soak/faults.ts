import { setTimeout as delay } from 'node:timers/promises';
import type { SupervisedProcess } from '../../src/launch/supervisor/supervised-process.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import type { Stack } from '../helpers/stack.ts';
import type { Random } from './random.ts';
import type { UpstreamRecorder } from './upstream-record.ts';

const AGAIN_WITHIN_MS = 60_000;
/** For a process that was asked to end. */
const ENDS_WITHIN_MS = 30_000;
/** Revisions that a compaction leaves. */
const COMPACTION_DISTANCE: readonly [number, number] = [100, 500];

export interface Fault {
  readonly title: string;
  /** Resolves when what was ended runs again; with a complaint when it had to be ended by force. */
  strike(): Promise<string | undefined>;
}

export function allFaults(stack: Stack, recorder: UpstreamRecorder, random: Random): Fault[] {
  const process = (name: string) => stack.processes.process(name);
  const killed = (name: string, signal: NodeJS.Signals): Fault => ({
    title: `${name} ${signal}`,
    strike: () => endAndAwaitNext(process(name), signal),
  });
  const restarted = (name: string): Fault => ({
    title: `${name} restart`,
    strike: async () => {
      await process(name).restart();
      return undefined;
    },
  });
  return [
    killed('sidecar', 'SIGKILL'),
    killed('sidecar', 'SIGTERM'),
    restarted('sidecar'),
    killed('kube-apiserver', 'SIGKILL'),
    restarted('kube-apiserver'),
    killed('etcd', 'SIGKILL'),
    restarted('etcd'),
    {
      title: 'etcd compaction',
      strike: async () => {
        await recorder.compact(Math.round(random.between(...COMPACTION_DISTANCE)));
        return undefined;
      },
    },
  ];
}

/** The supervisor starts another when it has ended. */
async function endAndAwaitNext(supervised: SupervisedProcess, signal: NodeJS.Signals): Promise<string | undefined> {
  const { pid, spec } = supervised;
  const again = (timeoutMs: number) =>
    waitUntil(`another ${spec.name}`, () => supervised.pid !== undefined && supervised.pid !== pid, { timeoutMs });
  supervised.kill(signal);
  const complaint = await again(ENDS_WITHIN_MS).then(
    () => undefined,
    () => `${spec.name} did not end within ${ENDS_WITHIN_MS / 1000} s of ${signal}`,
  );
  if (complaint !== undefined) {
    supervised.kill('SIGKILL');
    await again(AGAIN_WITHIN_MS);
  }
  await supervised.waitReady();
  return complaint;
}

export interface FaultsOptions {
  readonly faults: readonly Fault[];
  readonly random: Random;
  /** Shortest and longest time from one fault's end to the next. */
  readonly pauseMs: readonly [number, number];
  /** Resolves when the gateway serves again. */
  readonly served: () => Promise<void>;
  readonly onFault: (title: string, recoveryMs: number, complaint: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** Strikes one fault after the other, each as often as the others, until the signal aborts; resolves when the last is mended. */
export async function strikeFaults({ faults, random, pauseMs, served, onFault, signal }: FaultsOptions): Promise<void> {
  let waiting: Fault[] = [];
  for (;;) {
    await delay(random.between(...pauseMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    if (waiting.length === 0) waiting = random.shuffled(faults);
    const fault = waiting.pop()!;
    const begun = performance.now();
    const complaint = await fault.strike();
    await served();
    onFault(fault.title, performance.now() - begun, complaint);
  }
}
