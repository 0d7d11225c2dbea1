import { setTimeout as delay } from 'node:timers/promises';
import type { SupervisedProcess } from '../../../src/launch/supervisor/supervised-process.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Stack } from '../../helpers/stack.ts';
import type { Replica } from '../../helpers/start-replica.ts';
import type { Fault } from '../faults.ts';
import type { Random } from '../random.ts';
import type { NamedController } from './start-controllers.ts';

const AGAIN_WITHIN_MS = 60_000;
/** A controller's lease is 10 s: from a shorter pause it goes on, after a longer one another leads. */
const CONTROLLER_PAUSE_MS: readonly [number, number] = [5_000, 20_000];
/** etcd and the apiserver are waited for by everybody; calls give up after 5 s. */
const PAUSE_MS: readonly [number, number] = [2_000, 9_000];

/** Kills and pauses of everything but kube-controller-manager. */
export function chaosFaults(stack: Stack, replica: Replica, controllers: readonly NamedController[], random: Random): Fault[] {
  const own = (name: string) => stack.processes.process(name);
  const gateways = [own('sidecar'), replica.sidecar, own('envoy'), replica.envoy];
  const others = [...gateways, own('etcd'), own('kube-apiserver')];
  return [
    ...controllers.flatMap(({ process }) => [killed(process), paused(process, random, CONTROLLER_PAUSE_MS)]),
    ...others.map((process) => killed(process)),
    ...[own('sidecar'), replica.sidecar, own('etcd'), own('kube-apiserver')].map((process) => paused(process, random, PAUSE_MS)),
  ];
}

/** The supervisor starts another. */
function killed(supervised: SupervisedProcess): Fault {
  return {
    title: `${supervised.spec.name} killed`,
    strike: async () => {
      const { pid } = supervised;
      supervised.kill('SIGKILL');
      await waitUntil(`another ${supervised.spec.name}`, () => supervised.pid !== undefined && supervised.pid !== pid, {
        timeoutMs: AGAIN_WITHIN_MS,
      });
      return undefined;
    },
  };
}

function paused(supervised: SupervisedProcess, random: Random, [shortest, longest]: readonly [number, number]): Fault {
  return {
    title: `${supervised.spec.name} paused`,
    strike: async () => {
      supervised.kill('SIGSTOP');
      await delay(random.between(shortest, longest));
      supervised.kill('SIGCONT');
      return undefined;
    },
  };
}
