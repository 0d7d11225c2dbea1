import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as pace } from 'node:timers/promises';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import type { Stack } from '../../helpers/stack.ts';

export interface Load {
  /** Requests that were answered as they should be, by the kind of client. */
  readonly answered: Readonly<Record<string, number>>;
  /** What went wrong, in words. */
  readonly failures: readonly string[];
  /** Resolves when each client has had so many more good answers. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

const OBJECT = '/api/v1/namespaces/default/configmaps/kube-root-ca.crt';
/** Between two requests of a client: an ordinary load, on a machine that others use. */
const PACE_MS = 25;

/**
 * Clients of a tenant that ask all the time, each in its own way. Those that connect anew read the kubeconfig anew, as kubectl does; those that
 * keep a connection keep what they were let in with.
 *
 * @param token of a ServiceAccount of the tenant's
 */
export async function startLoad(stack: Stack, tenant: string, token: string): Promise<Load> {
  const file = stack.kubeconfig({ tenant });
  const first = readKubeconfig(file);
  const kept = new KubeClient(first);
  const session = connect(first.server, { ca: first.ca, cert: first.clientCert, key: first.clientKey });
  session.on('error', (error) => failures.push(`kept HTTP/2: ${error.message}`));
  await once(session, 'connect');

  const failures: string[] = [];
  const clients: Record<string, () => Promise<number>> = {
    'new connections': () => statusOf(readKubeconfig(file), OBJECT),
    'new connections, HTTP/2': () => overHttp2(readKubeconfig(file)),
    'a list of all namespaces': () => statusOf(readKubeconfig(file), '/api/v1/configmaps'),
    'a ServiceAccount': async () => {
      const { server, ca } = readKubeconfig(file);
      return await statusOf({ server, ca, token }, OBJECT);
    },
    'a kept connection': async () => (await kept.request('GET', OBJECT)).status,
    'a kept connection, writing': async () => {
      const body = { metadata: { annotations: { count: String(answered['a kept connection, writing']) } } };
      return (await kept.request('PATCH', OBJECT, { body, contentType: 'application/merge-patch+json' })).status;
    },
    'a kept HTTP/2 connection': async () => await statusOverHttp2(session),
    kubectl: async () => {
      const { code, stderr } = await stack.kubectl(['get', 'configmap', 'kube-root-ca.crt', '-o', 'name'], { tenant });
      if (code !== 0) throw new Error(stderr);
      return 200;
    },
  };
  const answered: Record<string, number> = Object.fromEntries(Object.keys(clients).map((name) => [name, 0]));
  let stopped = false;
  const running = Object.entries(clients).map(async ([name, ask]) => {
    while (!stopped) {
      try {
        const status = await ask();
        if (status === 200) answered[name]! += 1;
        else failures.push(`${name}: ${status}`);
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message}`);
      }
      await pace(PACE_MS);
    }
  });
  return {
    answered,
    failures,
    more: async (count) => {
      const before = { ...answered };
      const all = () => failures.length > 0 || Object.entries(answered).every(([name, now]) => now >= before[name]! + count);
      await waitUntil(`${count} more requests of each client`, all, { timeoutMs: 60_000 });
    },
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      kept.close();
      session.close();
    },
  };
}

async function statusOf(cluster: Cluster, path: string): Promise<number> {
  return (await openExchange(cluster, path).answer()).status;
}

async function overHttp2({ server, ca, clientCert: cert, clientKey: key }: Cluster): Promise<number> {
  const session = connect(server, { ca, cert, key });
  try {
    await once(session, 'connect');
    return await statusOverHttp2(session);
  } finally {
    session.close();
  }
}

async function statusOverHttp2(session: ReturnType<typeof connect>): Promise<number> {
  const stream = session.request({ ':path': OBJECT, accept: 'application/json' });
  const ended = once(stream.resume(), 'end');
  const [headers] = await once(stream, 'response');
  await ended;
  return Number(headers[':status']);
}
