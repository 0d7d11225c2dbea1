import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';

export interface LoadOptions {
  readonly client: KubeClient;
  /** Whose client it is; also the first part of every name. */
  readonly tenantId: string;
  /** Loops at once; every other one writes. */
  readonly loops: number;
  readonly signal: AbortSignal;
}

/** Counts go up while it runs. */
export interface Load {
  /** Resolves when the last request has ended. */
  readonly over: Promise<void>;
  /** Answers by their status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Requests that got no whole answer. */
  broken: number;
  /** ConfigMaps of which the client knows that they were made. */
  readonly created: readonly string[];
  /** What must not have been answered. */
  readonly wrong: readonly string[];
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
/** After a failure, as any client does: else they would be a busy loop. */
const PAUSE_MS = 20;
/** Label of everything that the load makes. */
export const LOAD_LABEL = 'load';

/** Lists and creates ConfigMaps in `default` until the signal aborts, errors or not. */
export function startLoad({ client, tenantId, loops, signal }: LoadOptions): Load {
  const statuses = new Map<number, number>();
  const created: string[] = [];
  const wrong: string[] = [];
  let made = 0;
  const run = async (loop: number) => {
    while (!signal.aborted) {
      const configMap = `${tenantId}.load-${made++}`;
      const asked =
        loop % 2 === 0
          ? client.request('GET', `${CONFIG_MAPS}?limit=20&labelSelector=${LOAD_LABEL}=${tenantId}`)
          : client.request('POST', CONFIG_MAPS, { body: { metadata: { name: configMap, labels: { [LOAD_LABEL]: tenantId } } } });
      const answer = await asked.catch(() => undefined);
      if (!answer || answer.status >= 500) await delay(PAUSE_MS);
      if (!answer) {
        load.broken += 1;
        continue;
      }
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status === 201) created.push(configMap);
      const problem = findProblem(tenantId, answer.status, answer.body);
      if (problem) wrong.push(`${problem}: ${answer.status} ${answer.body.slice(0, 500)}`);
    }
  };
  const over = (async () => {
    await Promise.all(Array.from({ length: loops }, (_, loop) => run(loop)));
  })();
  const load: Load = { over, statuses, broken: 0, created, wrong };
  return load;
}

/** Whatever is not an object in the tenant's names, or a Status that says try again. */
function findProblem(tenantId: string, status: number, body: string): string | undefined {
  let parsed: {
    kind?: string;
    items?: { metadata: { namespace: string; name: string } }[];
    metadata?: { namespace?: string; name?: string };
  };
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'no JSON';
  }
  if (status >= 500) return parsed.kind === 'Status' ? undefined : 'no Status';
  if (status !== 200 && status !== 201) return 'not an answer to expect';
  const objects = status === 200 ? (parsed.items ?? []) : [parsed];
  const isOwn = objects.every(({ metadata }) => metadata?.namespace === 'default' && metadata.name?.startsWith(`${tenantId}.`));
  return isOwn ? undefined : 'not in the tenant’s names, or not the tenant’s';
}
