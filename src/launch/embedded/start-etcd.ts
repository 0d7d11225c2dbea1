import type { LaunchContext } from '../stack/launch-context.ts';
import { choosePort } from '../state/choose-port.ts';
import { etcdArgs } from './etcd-args.ts';

/** Starts etcd with its data in `dataDir`; resolves with its client URL when it serves. */
export async function startEtcd(context: LaunchContext, binary: string, dataDir: string): Promise<string> {
  const { choices, signal, supervisor } = context;
  const clientPort = await choosePort(choices, 'etcd');
  const peerPort = await choosePort(choices, 'etcd-peer');
  const url = `http://127.0.0.1:${clientPort}`;
  await supervisor.start(
    {
      name: 'etcd',
      command: binary,
      args: etcdArgs({ dataDir, clientPort, peerPort, otlpGrpc: context.tracing?.otlpGrpc }),
      ready: () => isHealthy(url),
    },
    signal,
  );
  return url;
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
