/** What the controller tells of itself. Names are those of controller-runtime and client-go, with this product's prefix. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type CertificateSource, registerCertificateMetrics } from '../../telemetry/certificate-metrics.ts';
import { registerProcessMetrics } from '../../telemetry/metrics.ts';
import type { QueueObserver } from '../queue.ts';
import { LoopState } from './loop-state.ts';

const WAIT_BUCKETS = [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 60, 300];
const WORK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const PHASES = ['Pending', 'Ready', 'Terminating'] as const;
const RESULTS = ['success', 'requeue_after', 'error'] as const;

/** Work queues: tenants and what they share; tenants' quotas; what of them is used. */
export type QueueName = 'tenants' | 'quota' | 'usage';

/** What the loop of one cluster tells. */
export interface LoopMetrics {
  /** New for each term, and forgotten at its end. */
  begin(): LoopState;
  end(): void;
  observer(name: QueueName, controllerOf: (key: string) => string): QueueObserver;
}

export interface ControllerMetrics {
  readonly registry: Registry;
  /** Whether this process leads. */
  isLeading: boolean;
  onStoreError(): void;
  loop(upstream: string): LoopMetrics;
  /** What a leader has not done yet, for `/readyz`; undefined: nothing. */
  notReady(): string | undefined;
}

export function createControllerMetrics(upstreams: readonly string[], certificates: readonly CertificateSource[]): ControllerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const states = new Map<string, LoopState>();
  registerProcessMetrics(registry);
  registerCertificateMetrics(registry, certificates);
  const metrics = registerCounters(registers);
  registerStates(registers, states, upstreams);
  const self: ControllerMetrics = {
    registry,
    isLeading: false,
    onStoreError: () => metrics.storeErrors.inc(),
    notReady() {
      if (!self.isLeading) return undefined;
      const waiting = upstreams.find((upstream) => !states.get(upstream)?.isPlatformInstalled());
      return waiting === undefined ? undefined : `platform: the policies are not in force in upstream ${waiting}\n`;
    },
    loop: (upstream) => ({
      begin() {
        const state = new LoopState();
        states.set(upstream, state);
        return state;
      },
      end: () => void states.delete(upstream),
      observer(name, controllerOf) {
        const queue = { name, upstream };
        metrics.adds.inc(queue, 0);
        metrics.retries.inc(queue, 0);
        metrics.waits.zero(queue);
        return {
          onAdd: () => metrics.adds.inc(queue),
          onStart: (waitedSeconds) => metrics.waits.observe(queue, waitedSeconds),
          onDone(key, seconds, result) {
            const controller = { controller: controllerOf(key), upstream };
            metrics.times.observe(controller, seconds);
            for (const each of RESULTS) metrics.results.inc({ ...controller, result: each }, Number(each === result));
            if (result === 'error') metrics.retries.inc(queue);
            else metrics.successes.setToCurrentTime(controller);
          },
        };
      },
    }),
  };
  new Gauge({
    name: 'kubezoo_leader_election_master_status',
    help: 'Whether this process leads, or waits to',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: 'controller' }, self.isLeading ? 1 : 0);
    },
  });
  return self;
}

function registerCounters(registers: Registry[]) {
  const ofQueue = { labelNames: ['name', 'upstream'] as const, registers };
  const ofController = { labelNames: ['controller', 'upstream'] as const, registers };
  return {
    adds: new Counter({ ...ofQueue, name: 'kubezoo_workqueue_adds_total', help: 'Keys that were put into a queue' }),
    retries: new Counter({ ...ofQueue, name: 'kubezoo_workqueue_retries_total', help: 'Keys that are tried again because they failed' }),
    waits: new Histogram({
      ...ofQueue,
      name: 'kubezoo_workqueue_queue_duration_seconds',
      help: 'How long keys wait in a queue before they are worked on',
      buckets: WAIT_BUCKETS,
    }),
    times: new Histogram({
      ...ofController,
      name: 'kubezoo_controller_reconcile_time_seconds',
      help: 'How long one reconciling takes',
      buckets: WORK_BUCKETS,
    }),
    results: new Counter({
      name: 'kubezoo_controller_reconcile_total',
      help: 'Reconcilings by how they ended',
      labelNames: ['controller', 'upstream', 'result'],
      registers,
    }),
    successes: new Gauge({
      ...ofController,
      name: 'kubezoo_controller_last_success_timestamp_seconds',
      help: 'When a reconciling last ended without an error',
    }),
    storeErrors: new Counter({
      name: 'kubezoo_store_errors_total',
      help: 'Times that tenants could not be read from etcd, and that it was tried again',
      registers,
    }),
  };
}

/** Of a process that does not lead there is nothing but zeros. */
function registerStates(registers: Registry[], states: ReadonlyMap<string, LoopState>, upstreams: readonly string[]): void {
  const gauge = (name: string, help: string, read: (state: LoopState) => number) =>
    new Gauge({
      ...{ name, help, registers, labelNames: ['upstream'] },
      collect() {
        for (const upstream of upstreams) this.set({ upstream }, read(states.get(upstream) ?? new LoopState()));
      },
    });
  const queueGauge = (name: string, help: string, key: 'depth' | 'running' | 'failing' | 'longestRunningSeconds') =>
    new Gauge({
      ...{ name, help, registers, labelNames: ['name', 'upstream'] },
      collect() {
        this.reset();
        for (const [upstream, { queues }] of states)
          for (const [queue, { standing }] of queues) this.set({ name: queue, upstream }, standing[key]);
      },
    });
  queueGauge('kubezoo_workqueue_depth', 'Keys that wait to be worked on', 'depth');
  queueGauge('kubezoo_workqueue_failing', 'Keys that failed the last time', 'failing');
  queueGauge('kubezoo_controller_active_workers', 'Keys that are being worked on', 'running');
  queueGauge(
    'kubezoo_workqueue_longest_running_processor_seconds',
    'How long the key that has been worked on for longest has been',
    'longestRunningSeconds',
  );
  new Gauge({
    name: 'kubezoo_controller_tenants',
    help: 'Tenants by their phase',
    labelNames: ['phase', 'upstream'],
    registers,
    collect() {
      for (const upstream of upstreams) {
        const phases = states.get(upstream)?.phases();
        for (const phase of PHASES) this.set({ phase, upstream }, phases?.get(phase) ?? 0);
      }
    },
  });
  gauge('kubezoo_controller_oldest_removal_seconds', 'For how long the tenant that has been going for longest has been', (state) =>
    state.oldestRemovalSeconds(),
  );
  gauge('kubezoo_controller_platform_installed', 'Whether the policies were in force when it was last looked', (state) =>
    Number(state.isPlatformInstalled()),
  );
}
